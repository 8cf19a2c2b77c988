//! DICOM films in which a patient's name and numbers stand in every place that a file has.

use super::phantoms::save;
use std::path::{Path, PathBuf};

/// What must be found nowhere: the words of the planted identity, in every encoding used.
pub(crate) fn needles() -> Vec<Vec<u8>> {
    let texts: [&[u8]; 14] = [
        b"PLANTEDNAME",
        b"Plantedname",
        b"JANINA",
        b"Janina",
        b"ID471108",
        b"ACC990017",
        b"Hospitalname",
        b"DRWHOEVER",
        b"19610412",
        b"1.2.826.0.1.9999",
        // The ideographs of 山田 in ISO 2022 IR 87, UTF-8 and GB 18030.
        b"\x1b$B;3ED",
        "山田".as_bytes(),
        b"\xc9\xbd\xcc\xef",
        b"CONSOLE7",
    ];
    texts.iter().map(|text| text.to_vec()).collect()
}

/// Fails where one of the words stands in some bytes, in whatever case.
#[track_caller]
pub(crate) fn assert_free(bytes: &[u8], what: &str) {
    for needle in needles() {
        let found = bytes
            .windows(needle.len())
            .position(|window| window.eq_ignore_ascii_case(&needle));
        let text = String::from_utf8_lossy(&needle).into_owned();
        assert_eq!(found, None, "{what} holds {text:?}");
    }
}

/// Writes elements in one of two encodings.
#[derive(Clone, Copy)]
pub(crate) struct Writer {
    pub(crate) explicit: bool,
}

type Place = (u16, u16);

impl Writer {
    pub(crate) fn element(self, (group, element): Place, vr: &str, value: &[u8]) -> Vec<u8> {
        let mut value = value.to_vec();
        if value.len() % 2 == 1 {
            value.push(if matches!(vr, "UI" | "OB" | "UN") {
                0
            } else {
                b' '
            });
        }
        let mut bytes = [group.to_le_bytes(), element.to_le_bytes()].concat();
        let long = [
            "OB", "OW", "OF", "OD", "OL", "OV", "SQ", "SV", "UC", "UN", "UR", "UT", "UV",
        ];
        if !self.explicit {
            bytes.extend((value.len() as u32).to_le_bytes());
        } else if long.contains(&vr) {
            bytes.extend(vr.as_bytes());
            bytes.extend([0, 0]);
            bytes.extend((value.len() as u32).to_le_bytes());
        } else {
            bytes.extend(vr.as_bytes());
            bytes.extend((value.len() as u16).to_le_bytes());
        }
        bytes.extend(value);
        bytes
    }

    /// A sequence of one item.
    pub(crate) fn sequence(self, place: Place, content: &[Vec<u8>]) -> Vec<u8> {
        let content = content.concat();
        let mut item = vec![0xfe, 0xff, 0x00, 0xe0];
        item.extend((content.len() as u32).to_le_bytes());
        item.extend(content);
        self.element(place, "SQ", &item)
    }
}

/// The elements of a film of 4 × 2 pixels with an identity in every VR, standard, private, nested
/// and misplaced, sorted by tag.
fn planted(writer: Writer, pixels: &[u8]) -> Vec<u8> {
    let e = |place, vr: &str, value: &[u8]| (place, writer.element(place, vr, value));
    let s = |place, content: &[Vec<u8>]| (place, writer.sequence(place, content));
    let inner = |place, vr: &str, value: &[u8]| writer.element(place, vr, value);
    let code = [
        inner((0x0008, 0x0100), "SH", b"PLANTEDNAME"),
        inner((0x0008, 0x0102), "SH", b"99HOSPITAL"),
        inner((0x0008, 0x0104), "LO", b"view of Janina"),
    ];
    let public_code = [
        inner((0x0008, 0x0100), "SH", b"R-10206"),
        inner((0x0008, 0x0102), "SH", b"SRT"),
        inner((0x0008, 0x0104), "LO", b"frontal, Janina"),
    ];
    let deep = writer.sequence(
        (0x0040, 0xa170),
        &[writer.sequence(
            (0x0040, 0xa171),
            &[inner((0x0010, 0x0010), "PN", b"Plantedname^Janina")],
        )],
    );
    let mut elements = vec![
        e((0x0008, 0x0005), "CS", b"\\ISO 2022 IR 87"),
        e((0x0008, 0x0008), "CS", b"ORIGINAL\\PRIMARY\\PLANTEDNAME"),
        e((0x0008, 0x0016), "UI", b"1.2.840.10008.5.1.4.1.1.1.1"),
        e((0x0008, 0x0018), "UI", b"1.2.826.0.1.9999.1"),
        e((0x0008, 0x0020), "DA", b"20240305"),
        e((0x0008, 0x0023), "DA", b"19610412"),
        e((0x0008, 0x0050), "SH", b"ACC990017"),
        e((0x0008, 0x0054), "AE", b"CONSOLE7"),
        e((0x0008, 0x0060), "CS", b"DX"),
        e((0x0008, 0x0070), "LO", b"Hospitalname Inc"),
        e((0x0008, 0x0080), "LO", b"Hospitalname"),
        e((0x0008, 0x0090), "PN", b"DRWHOEVER^X"),
        e((0x0008, 0x1010), "SH", b"CONSOLE7"),
        e((0x0008, 0x1030), "UN", b"Chest of Janina"),
        e((0x0008, 0x103e), "OB", b"PLANTEDNAME"),
        s(
            (0x0008, 0x1115),
            &[inner((0x0020, 0x000e), "UI", b"1.2.826.0.1.9999.7")],
        ),
        s(
            (0x0008, 0x1140),
            &[
                inner((0x0008, 0x1150), "UI", b"1.2.840.10008.5.1.4.1.1.1.1"),
                inner((0x0008, 0x1155), "UI", b"1.2.826.0.1.9999.2"),
                inner((0x0010, 0x4000), "LT", b"Plantedname"),
                deep,
            ],
        ),
        e((0x0008, 0x1190), "UR", b"https://Hospitalname/PLANTEDNAME"),
        e((0x0009, 0x0010), "LO", b"PLANTEDNAME 1.0"),
        e((0x0009, 0x1001), "UN", b"Janina"),
        s(
            (0x0009, 0x1002),
            &[inner((0x0010, 0x0010), "PN", b"Plantedname")],
        ),
        e(
            (0x0010, 0x0010),
            "PN",
            b"Plantedname^Janina=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B",
        ),
        e((0x0010, 0x0020), "LO", b"ID471108"),
        e((0x0010, 0x0030), "DA", b"19610412"),
        e((0x0010, 0x0040), "CS", b"F"),
        e((0x0010, 0x1010), "AS", b"062Y"),
        e((0x0010, 0x4000), "LT", "山田 Janina".as_bytes()),
        e((0x0018, 0x0015), "CS", b"PLANTEDNAME"),
        e((0x0018, 0x0022), "CS", b"Plantedname"),
        e((0x0018, 0x0060), "DS", b"Janina"),
        e((0x0018, 0x1000), "LO", b"CONSOLE7"),
        e((0x0018, 0x1152), "IS", b"PLANTEDNAME"),
        e((0x0018, 0x1210), "SH", b"Plantedname"),
        e((0x0018, 0x9073), "FD", b"PLANTEDNAMEJANINAJANINAX"),
        e((0x0018, 0xfff0), "LO", b"PLANTEDNAME"),
        e((0x0020, 0x000d), "UI", b"1.2.826.0.1.9999.3"),
        e((0x0020, 0x000e), "UI", b"1.2.826.0.1.9999.4"),
        e((0x0020, 0x0011), "LO", b"PLANTEDNAME"),
        e((0x0020, 0x0013), "IS", b"1"),
        e((0x0020, 0x0052), "UI", b"PLANTEDNAME"),
        e((0x0020, 0x4000), "LT", b"\xc9\xbd\xcc\xef PLANTEDNAME"),
        e((0x0028, 0x0002), "US", &[1, 0]),
        e((0x0028, 0x0004), "CS", b"MONOCHROME2"),
        e((0x0028, 0x0009), "AT", b"PLANTEDNAMEX"),
        e((0x0028, 0x0010), "US", &[2, 0]),
        e((0x0028, 0x0011), "US", &[4, 0]),
        e((0x0028, 0x0100), "US", &[16, 0]),
        e((0x0028, 0x0101), "US", &[12, 0]),
        e((0x0028, 0x0102), "US", &[11, 0]),
        e((0x0028, 0x0103), "US", &[0, 0]),
        e((0x0028, 0x0106), "US", b"PLANTEDNAMEX"),
        e((0x0028, 0x1055), "LO", b"normal for Janina"),
        e((0x0028, 0x1201), "OW", b"PLANTEDNAMEX"),
        e((0x0028, 0x2000), "OB", b"PLANTEDNAME"),
        e((0x0032, 0x4000), "LT", b"Janina"),
        e((0x0040, 0x0254), "LO", b"Thorax Janina"),
        s((0x0040, 0x0260), &code),
        e((0x0040, 0xa120), "DT", b"19610412120000"),
        e((0x0040, 0xa160), "UT", b"PLANTEDNAME"),
        s((0x0054, 0x0220), &public_code),
        s((0x0054, 0x0222), &code),
        e((0x0088, 0x0904), "LO", b"Janina"),
        e((0x5000, 0x3000), "OW", b"PLANTEDNAMEX"),
        e((0x6000, 0x0010), "US", &[2, 0]),
        e((0x6000, 0x1500), "LO", b"PLANTEDNAME"),
        e((0x6000, 0x3000), "OW", b"PLANTEDNAMEX"),
        e((0x6000, 0x4000), "LT", b"Janina"),
        e((0x7fe0, 0x0010), "OW", &[pixels, b"PLANTEDNAMEX"].concat()),
        e((0xfffa, 0xfffa), "SQ", b""),
        e((0xfffc, 0xfffc), "OB", b"PLANTEDNAME"),
    ];
    elements.sort_by_key(|(place, _)| *place);
    elements.into_iter().flat_map(|(_, bytes)| bytes).collect()
}

/// A whole file, with names in preamble, file meta group and behind its end.
pub(crate) fn film(explicit: bool, pixels: &[u8]) -> Vec<u8> {
    let syntax: &[u8] = if explicit {
        b"1.2.840.10008.1.2.1"
    } else {
        b"1.2.840.10008.1.2"
    };
    let meta = Writer { explicit: true };
    let mut bytes = b"Plantedname^Janina".repeat(8);
    bytes.truncate(128);
    bytes.extend(b"DICM");
    bytes.extend(meta.element((2, 0x0002), "UI", b"1.2.840.10008.5.1.4.1.1.1.1"));
    bytes.extend(meta.element((2, 0x0003), "UI", b"1.2.826.0.1.9999.1"));
    bytes.extend(meta.element((2, 0x0010), "UI", syntax));
    bytes.extend(meta.element((2, 0x0012), "UI", b"1.2.826.0.1.9999.8"));
    bytes.extend(meta.element((2, 0x0016), "AE", b"CONSOLE7"));
    bytes.extend(meta.element((2, 0x0100), "UI", b"1.2.826.0.1.9999.9"));
    bytes.extend(meta.element((2, 0x0102), "OB", b"PLANTEDNAME"));
    bytes.extend(planted(Writer { explicit }, pixels));
    bytes.extend(b"Plantedname behind the end");
    bytes
}

/// Saves it.
pub(crate) fn saved(folder: &Path, name: &str, explicit: bool) -> PathBuf {
    save(folder, name, &film(explicit, &[7, 0, 255, 15].repeat(4)))
}
