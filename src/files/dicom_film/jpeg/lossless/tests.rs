use super::*;

/// What a trial picture is encoded with.
#[derive(Clone, Copy, Debug)]
struct Trial {
    precision: u32,
    components: usize,
    predictor: u8,
    point_transform: u32,
    restart_rows: usize,
    separate: bool,
}

const PLAIN: Trial = Trial {
    precision: 12,
    components: 1,
    predictor: 1,
    point_transform: 0,
    restart_rows: 0,
    separate: false,
};

const COLUMNS: usize = 19;
const ROWS: usize = 11;

/// Bits with stuffing behind 0xff.
#[derive(Default)]
struct BitWriter {
    bytes: Vec<u8>,
    buffer: u32,
    count: u32,
}

impl BitWriter {
    fn put(&mut self, value: u32, bits: u32) {
        for bit in (0..bits).rev() {
            self.buffer = (self.buffer << 1) | ((value >> bit) & 1);
            self.count += 1;
            if self.count == 8 {
                self.bytes.push(self.buffer as u8);
                if self.buffer == 0xff {
                    self.bytes.push(0);
                }
                (self.buffer, self.count) = (0, 0);
            }
        }
    }

    fn finish(&mut self) {
        while self.count > 0 {
            self.put(1, 1);
        }
    }
}

/// Samples that use the whole range, with jumps from end to end.
fn samples(trial: Trial) -> Vec<u16> {
    let top = (1_u32 << trial.precision) - 1;
    (0..COLUMNS * ROWS * trial.components)
        .map(|at| match at % 7 {
            0 => 0,
            3 => top as u16,
            _ => ((at as u32).wrapping_mul(2_654_435_761) >> 9 & top) as u16,
        })
        .map(|sample| sample >> trial.point_transform << trial.point_transform)
        .collect()
}

/// The predictors as table H.1 lists them.
fn prediction(predictor: u8, a: i32, b: i32, c: i32) -> i32 {
    match predictor {
        1 => a,
        2 => b,
        3 => c,
        4 => a + b - c,
        5 => a + ((b - c) >> 1),
        6 => b + ((a - c) >> 1),
        _ => (a + b) / 2,
    }
}

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u16 + 2).to_be_bytes();
    [&[0xff, marker], length.as_slice(), content].concat()
}

fn encoded(samples: &[u16], trial: Trial) -> Vec<u8> {
    // Category n has the code n: five bits for the first sixteen, thirteen for the last one.
    let mut counts = [0; 16];
    (counts[4], counts[12]) = (16, 1);
    let table = [&[0], counts.as_slice(), &(0..=16).collect::<Vec<u8>>()].concat();
    let mut frame = vec![trial.precision as u8, 0, ROWS as u8, 0, COLUMNS as u8];
    frame.push(trial.components as u8);
    frame.extend((0..trial.components).flat_map(|name| [name as u8, 0x11, 0]));
    let mut data = b"\xff\xd8".to_vec();
    data.extend(segment(0xc3, &frame));
    data.extend(segment(0xc4, &table));
    let interval = (trial.restart_rows * COLUMNS) as u16;
    data.extend(segment(0xdd, &interval.to_be_bytes()));
    let all: Vec<usize> = (0..trial.components).collect();
    let scans: Vec<&[usize]> = if trial.separate {
        all.chunks(1).collect()
    } else {
        vec![&all]
    };
    for scan in scans {
        let mut header = vec![scan.len() as u8];
        header.extend(scan.iter().flat_map(|&name| [name as u8, 0]));
        header.extend([trial.predictor, 0, trial.point_transform as u8]);
        data.extend(segment(0xda, &header));
        data.extend(scanned(samples, trial, scan));
    }
    data.extend(b"\xff\xd9");
    data
}

fn scanned(samples: &[u16], trial: Trial, scan: &[usize]) -> Vec<u8> {
    let value = |x: usize, y: usize, one: usize| {
        let sample = samples[(y * COLUMNS + x) * trial.components + one];
        i32::from(sample >> trial.point_transform)
    };
    let mut out = BitWriter::default();
    for y in 0..ROWS {
        let fresh = y == 0 || (trial.restart_rows > 0 && y % trial.restart_rows == 0);
        if fresh && y > 0 {
            out.finish();
            let number = (y / trial.restart_rows - 1) % 8;
            out.bytes.extend([0xff, 0xd0 + number as u8]);
        }
        for x in 0..COLUMNS {
            for &one in scan {
                let expected = match (x, fresh) {
                    (0, true) => 1 << (trial.precision - trial.point_transform - 1),
                    (_, true) => value(x - 1, y, one),
                    (0, false) => value(x, y - 1, one),
                    _ => prediction(
                        trial.predictor,
                        value(x - 1, y, one),
                        value(x, y - 1, one),
                        value(x - 1, y - 1, one),
                    ),
                };
                put(&mut out, (value(x, y, one) - expected) as i16);
            }
        }
    }
    out.finish();
    out.bytes
}

fn put(out: &mut BitWriter, difference: i16) {
    if difference == i16::MIN {
        // The code of category 16: sixteen codes of five bits end at 10000.
        out.put(0b1_0000_0000_0000, 13);
        return;
    }
    let size = difference.unsigned_abs();
    let category = u16::BITS - size.leading_zeros();
    out.put(category, 5);
    let extra = if difference < 0 {
        difference - 1
    } else {
        difference
    };
    out.put(extra as u16 as u32 & ((1 << category) - 1), category);
}

#[test]
fn every_predictor_precision_and_arrangement_comes_back() {
    let mut trials = Vec::new();
    for predictor in 1..=7 {
        for precision in [2, 8, 12, 16] {
            trials.push(Trial {
                predictor,
                precision,
                ..PLAIN
            });
        }
        trials.push(Trial {
            predictor,
            restart_rows: 2,
            ..PLAIN
        });
        trials.push(Trial {
            predictor,
            point_transform: 3,
            ..PLAIN
        });
        for separate in [false, true] {
            trials.push(Trial {
                predictor,
                components: 3,
                precision: 8,
                separate,
                ..PLAIN
            });
        }
    }
    for trial in trials {
        let samples = samples(trial);
        let picture = decode(&encoded(&samples, trial)).unwrap();
        assert_eq!(picture.precision, trial.precision);
        assert!(picture.samples == samples, "{trial:?}");
    }
}

#[test]
fn a_picture_cut_in_its_scan_is_an_error() {
    let data = encoded(&samples(PLAIN), PLAIN);
    for length in 0..data.len() - 3 {
        let error = decode(&data[..length]).unwrap_err();
        assert_eq!(error.kind, crate::ErrorKind::Damaged, "{length}");
    }
}

#[test]
fn restarts_inside_a_row_and_predictors_of_no_kind_are_refused() {
    let trial = Trial {
        restart_rows: 1,
        ..PLAIN
    };
    let data = encoded(&samples(trial), trial);
    let interval = data
        .windows(2)
        .position(|pair| pair == [0xff, 0xdd])
        .unwrap();
    let mut odd = data.clone();
    odd[interval + 5] -= 1;
    assert!(decode(&odd).unwrap_err().message.contains("inside a row"));
    for predictor in [0, 8] {
        assert!(decode(&encoded(&samples(PLAIN), Trial { predictor, ..PLAIN })).is_err());
    }
}
