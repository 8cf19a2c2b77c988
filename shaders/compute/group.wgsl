// What a workgroup finds out together needs, whichever way it does.

var<workgroup> partial: array<f32, LANES>;
var<workgroup> indices: array<u32, LANES>;

// The order of a row from its largest entry down.
fn is_before(a: f32, a_index: u32, b: f32, b_index: u32) -> bool {
    return a > b || (a == b && a_index < b_index);
}
