//! Repeated lines of shaders.
//!
//! Register tiles must be spelled out: naga bounds every loop and every index that is not constant,
//! and drivers then keep arrays in memory.

/// Repeats each line `#for i<ROWS, j<3: text` for all values of its counters; in the text, `{i}`
/// stands for a counter's value.
pub(super) fn repeated(source: &str, sizes: &[(&str, u32)]) -> String {
    let mut lines = String::with_capacity(2 * source.len());
    for line in source.lines() {
        let body = line.trim_start().strip_prefix("#for ");
        match body.and_then(|body| body.split_once(": ")) {
            None => push(&mut lines, line),
            Some((counters, text)) => {
                let counters: Vec<&str> = counters.split(", ").collect();
                expand(&mut lines, &counters, text, sizes);
            }
        }
    }
    lines
}

fn push(lines: &mut String, line: &str) {
    lines.push_str(line);
    lines.push('\n');
}

fn expand(lines: &mut String, counters: &[&str], text: &str, sizes: &[(&str, u32)]) {
    let Some((first, rest)) = counters.split_first() else {
        return push(lines, text);
    };
    let (name, size) = first.split_once('<').unwrap_or((first, "1"));
    let named = sizes.iter().find(|(known, _)| *known == size);
    let size = named.map_or_else(|| size.parse().unwrap_or(1), |(_, size)| *size);
    for value in 0..size {
        let text = text.replace(&format!("{{{name}}}"), &value.to_string());
        expand(lines, rest, &text, sizes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_repeated_for_all_counters() {
        let source = "a\n  #for i<N, j<2: x_{i}_{j};\nb";
        assert_eq!(
            repeated(source, &[("N", 2)]),
            "a\nx_0_0;\nx_0_1;\nx_1_0;\nx_1_1;\nb\n"
        );
    }
}
