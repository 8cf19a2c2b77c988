// Twice the size, bilinear or repeated, or half the size.

struct Step {
    x: Maps,
    y: Maps,
    how: u32,
}

const TWICE_BILINEAR: u32 = 0u;
const TWICE_NEAREST: u32 = 1u;

@group(0) @binding(2) var<uniform> step: Step;

fn x_at(place: Place, row: u32, column: u32) -> vec4<f32> {
    let first = at(step.x, place.image, row, column);
    return quad_at(first + 4u * place.quad, left_from(step.x, place.quad));
}

// The neighbour that a pixel of the enlarged map mixes in, a quarter of it.
fn far(index: u32, size: u32) -> u32 {
    let near = index / 2u;
    if index % 2u == 0u {
        return max(near, 1u) - 1u;
    }
    return min(near + 1u, size - 1u);
}

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let place = place_of(linear(group, groups) * WORKGROUP + lane, step.y);
    if place.image >= step.y.images {
        return;
    }
    var result = vec4<f32>(0.0);
    if step.how == TWICE_NEAREST {
        result = x_at(place, place.row / 2u, place.column / 2u);
    } else if step.how == TWICE_BILINEAR {
        let row = place.row / 2u;
        let column = place.column / 2u;
        let far_row = far(place.row, step.x.height);
        let far_column = far(place.column, step.x.width);
        result = 0.5625 * x_at(place, row, column)
            + 0.1875 * (x_at(place, far_row, column) + x_at(place, row, far_column))
            + 0.0625 * x_at(place, far_row, far_column);
    } else {
        let row = 2u * place.row;
        let column = 2u * place.column;
        result = 0.25
            * (x_at(place, row, column) + x_at(place, row, column + 1u)
                + x_at(place, row + 1u, column) + x_at(place, row + 1u, column + 1u));
    }
    put_quad(at_place(step.y, place), left_from(step.y, place.quad), result);
}
