//! Lossy JPEGs of 12 bits, written here: no crate writes them.

/// How a picture's coefficients are brought.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Process {
    /// One scan (process 4).
    Sequential,
    /// One scan with a restart marker behind every block.
    Restarted,
    /// Three scans: most of the DC bits, the rest of them, and the other coefficients.
    Progressive,
}

/// The bits of a scan, with a zero stuffed behind every 0xff.
#[derive(Default)]
struct Scan {
    bytes: Vec<u8>,
    bits: Vec<bool>,
}

impl Scan {
    fn push(&mut self, value: i32, count: u32) {
        let bits = (0..count).rev().map(|bit| (value >> bit) & 1 == 1);
        self.bits.extend(bits);
    }

    /// A difference: its category in four bits, then its magnitude (T.81 F.1.2.1).
    fn difference(&mut self, value: i32) {
        let category = 32 - value.unsigned_abs().leading_zeros();
        self.push(category as i32, 4);
        let magnitude = if value < 0 { value - 1 } else { value };
        self.push(magnitude, category);
    }

    fn align(&mut self) {
        while !self.bits.len().is_multiple_of(8) {
            self.bits.push(true);
        }
        for byte in self.bits.chunks(8) {
            let byte = byte.iter().fold(0, |sum, &bit| (sum << 1) | u8::from(bit));
            self.bytes.push(byte);
            if byte == 0xff {
                self.bytes.push(0);
            }
        }
        self.bits.clear();
    }

    fn done(mut self) -> Vec<u8> {
        self.align();
        self.bytes
    }
}

/// A grey JPEG of 12 bits: one row of flat blocks, eight pixels high.
pub(crate) fn twelve_bit(blocks: &[u16], process: Process) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8, 0xff, 0xdb, 0, 67, 0];
    // A step of 8 makes a flat block's grey its DC coefficient above the middle.
    bytes.extend([8; 64]);
    let frame = match process {
        Process::Progressive => 0xc2,
        _ => 0xc1,
    };
    let columns = (8 * blocks.len() as u16).to_be_bytes();
    bytes.extend([
        0xff, frame, 0, 11, 12, 0, 8, columns[0], columns[1], 1, 1, 0x11, 0,
    ]);
    // Categories 0 to 14 in four bits each; the end of a block in one.
    bytes.extend([0xff, 0xc4, 0, 34, 0, 0, 0, 0, 15]);
    bytes.extend([0; 12]);
    bytes.extend(0..15);
    bytes.extend([0xff, 0xc4, 0, 20, 0x10, 1]);
    bytes.extend([0; 16]);
    let mut scan_of = |band: [u8; 3], scan: Scan| {
        bytes.extend([0xff, 0xda, 0, 8, 1, 1, 0]);
        bytes.extend(band);
        bytes.extend(scan.done());
    };
    let values: Vec<i32> = blocks.iter().map(|&grey| i32::from(grey) - 2048).collect();
    match process {
        Process::Progressive => {
            let mut scans = [Scan::default(), Scan::default(), Scan::default()];
            let mut last = 0;
            for &value in &values {
                scans[0].difference((value >> 1) - last);
                last = value >> 1;
                scans[1].push(value, 1);
                scans[2].push(0, 1);
            }
            let bands = [[0, 0, 0x01], [0, 0, 0x10], [1, 63, 0]];
            for (band, scan) in bands.into_iter().zip(scans) {
                scan_of(band, scan);
            }
        }
        _ => scan_of([0, 63, 0], sequential(&values, process)),
    }
    if process == Process::Restarted {
        let interval = [0xff, 0xdd, 0, 4, 0, 1];
        bytes.splice(2..2, interval);
    }
    bytes.extend([0xff, 0xd9]);
    bytes
}

fn sequential(values: &[i32], process: Process) -> Scan {
    let mut scan = Scan::default();
    let mut last = 0;
    for (index, &value) in values.iter().enumerate() {
        if process == Process::Restarted && index > 0 {
            scan.align();
            scan.bytes.extend([0xff, 0xd0 + (index as u8 - 1) % 8]);
            last = 0;
        }
        scan.difference(value - last);
        scan.push(0, 1);
        last = value;
    }
    scan
}
