//! Segmented palettes (PS3.3 C.7.9.2): a table written as runs, straight lines and repetitions.

/// The longest table that a descriptor can announce.
const MOST_ENTRIES: usize = 65_536;

/// Unfolds the segments of a table of `bits` bits, or returns `None` where they contradict
/// themselves.
pub(super) fn unfolded(words: &[u16], bits: u32) -> Option<Vec<u16>> {
    // Tables of eight bits are written in bytes, two to a word.
    let values: Vec<u16> = if bits <= 8 {
        let bytes = words.iter().flat_map(|word| word.to_le_bytes());
        bytes.map(u16::from).collect()
    } else {
        words.to_vec()
    };
    let mut entries = Vec::new();
    let mut position = 0;
    // A last byte may only fill a word.
    while values.len().saturating_sub(position) >= 2 {
        position = segment(&values, position, bits, &mut entries)?;
    }
    Some(entries)
}

/// Unfolds the segment at a position and returns where the next one starts.
fn segment(values: &[u16], position: usize, bits: u32, entries: &mut Vec<u16>) -> Option<usize> {
    let &[kind, count] = values.get(position..position + 2)? else {
        return None;
    };
    if kind == 2 {
        return repeated(values, position, bits, entries);
    }
    let count = usize::from(count);
    let end = match kind {
        0 => {
            let end = position + 2 + count;
            entries.extend_from_slice(values.get(position + 2..end)?);
            end
        }
        1 => {
            // From the last entry to a value, which is reached by the segment's last entry.
            let last = f64::from(*entries.last()?);
            let slope = (f64::from(*values.get(position + 2)?) - last) / count as f64;
            entries.extend((1..=count).map(|step| (last + slope * step as f64 + 0.5) as u16));
            position + 3
        }
        _ => return None,
    };
    (entries.len() <= MOST_ENTRIES).then_some(end)
}

/// Unfolds earlier segments once more. They hold no repetitions themselves.
fn repeated(values: &[u16], position: usize, bits: u32, entries: &mut Vec<u16>) -> Option<usize> {
    let count = values[position + 1];
    // The place of the first one, in bytes, its low part first.
    let parts = if bits <= 8 { 4 } else { 2 };
    let place = values.get(position + 2..position + 2 + parts)?;
    let width = if bits <= 8 { 8 } else { 16 };
    let place = place
        .iter()
        .rev()
        .fold(0_usize, |sum, &part| (sum << width) | usize::from(part));
    let mut earlier = place / if bits <= 8 { 1 } else { 2 };
    for _ in 0..count {
        if earlier >= position || values[earlier] == 2 {
            return None;
        }
        earlier = segment(values, earlier, bits, entries)?;
    }
    Some(position + 2 + parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_lines_and_repetitions_unfold() {
        // Two values, a line of three to 40, and both again.
        let words = [0, 2, 5, 10, 1, 3, 40, 2, 2, 0, 0];
        assert_eq!(
            unfolded(&words, 16).unwrap(),
            [5, 10, 20, 30, 40, 5, 10, 20, 30, 40]
        );
    }

    #[test]
    fn segments_of_eight_bits_are_bytes() {
        let words = [0x0100, 0x0105, 0x0a02, 0x0000];
        // 00 01 05 | 01 02 0a | 00 00: one value, a line of two, and nothing.
        assert_eq!(unfolded(&words, 8).unwrap(), [5, 8, 10]);
    }

    #[test]
    fn contradictions_are_no_table() {
        for words in [&[0_u16, 9, 1][..], &[1, 2, 3], &[7, 1, 1], &[2, 1, 0, 0]] {
            assert_eq!(unfolded(words, 16), None, "{words:?}");
        }
    }
}
