// Softmax and sparse softmax of rows, one workgroup of LANES per row.

struct Step {
    x: u32,
    x_stride: u32,
    y: u32,
    y_stride: u32,
    rows: u32,
    width: u32,
    top: u32,
}

@group(0) @binding(2) var<uniform> step: Step;

const LOWEST: f32 = -3.4e38;

// The index of the largest entry that comes after `last` in that order; of the very largest where
// `last` is the width.
fn next_largest(lane: Lane, x: u32, last: u32) -> u32 {
    let bounded = last < step.width;
    let bound = sample_at(x + select(0u, last, bounded));
    var most = LOWEST;
    var index = step.width;
    for (var i = lane.index; i < step.width; i += LANES) {
        let value = sample_at(x + i);
        let free = !bounded || is_before(bound, last, value, i);
        if free && (index == step.width || value > most) {
            most = value;
            index = i;
        }
    }
    return most_of(lane, most, index);
}

fn power_sum(lane: Lane, x: u32, most: f32) -> f32 {
    var sum = 0.0;
    for (var i = lane.index; i < step.width; i += LANES) {
        sum += exp(sample_at(x + i) - most);
    }
    return sum_of(lane, sum);
}

fn put(y: u32, i: u32, value: f32) {
    put_quad(y + i, 1u, vec4<f32>(value));
}

@compute @workgroup_size(LANES)
fn softmax(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    lane: Lane,
) {
    let row = linear(group, groups);
    if row >= step.rows {
        return;
    }
    let x = step.x + row * step.x_stride;
    let y = step.y + row * step.y_stride;
    let most = sample_at(x + next_largest(lane, x, step.width));
    let sum = power_sum(lane, x, most);
    for (var i = lane.index; i < step.width; i += LANES) {
        put(y, i, exp(sample_at(x + i) - most) / sum);
    }
}

// The excess over the threshold, where there is one, as SQUID's memories weigh their slots.
fn kept(soft: f32, threshold: f32) -> f32 {
    let excess = soft - threshold;
    return max(excess, 0.0) * soft / (abs(excess) + 1e-12);
}

@compute @workgroup_size(LANES)
fn sparse_softmax(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    lane: Lane,
) {
    let row = linear(group, groups);
    if row >= step.rows {
        return;
    }
    let x = step.x + row * step.x_stride;
    let y = step.y + row * step.y_stride;
    var largest = next_largest(lane, x, step.width);
    let most = sample_at(x + largest);
    for (var rank = 1u; rank < step.top; rank += 1u) {
        largest = next_largest(lane, x, largest);
    }
    let sum = power_sum(lane, x, most);
    let threshold = exp(sample_at(x + largest) - most) / sum;
    var kept_sum = 0.0;
    for (var i = lane.index; i < step.width; i += LANES) {
        kept_sum += kept(exp(sample_at(x + i) - most) / sum, threshold);
    }
    kept_sum = max(sum_of(lane, kept_sum), 1e-12);
    for (var i = lane.index; i < step.width; i += LANES) {
        put(y, i, kept(exp(sample_at(x + i) - most) / sum, threshold) / kept_sum);
    }
}
