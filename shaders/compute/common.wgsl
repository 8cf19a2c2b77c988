// What all kernels share. `Sample` and `Quad` are f32 or f16, as the arena stores them; arithmetic
// is in f32. `step` is declared by each kernel at binding 2.

struct Maps {
    first: u32,
    channels: u32,
    height: u32,
    width: u32,
    image_stride: u32,
    row_stride: u32,
    pixel_stride: u32,
    images: u32,
}

struct Then {
    kind: u32,
    factor: f32,
    offset: f32,
    _unused: u32,
}

struct Place {
    image: u32,
    row: u32,
    column: u32,
    quad: u32,
}

fn at(maps: Maps, image: u32, row: u32, column: u32) -> u32 {
    return maps.first + image * maps.image_stride + row * maps.row_stride
        + column * maps.pixel_stride;
}

// Quads of channels of a pixel.
fn quads(maps: Maps) -> u32 {
    return (maps.channels + 3u) / 4u;
}

// Samples of a pixel from a quad on.
fn left_from(maps: Maps, quad: u32) -> u32 {
    return maps.channels - 4u * quad;
}

fn place_of(index: u32, maps: Maps) -> Place {
    let per_pixel = quads(maps);
    let pixel = index / per_pixel;
    let row = pixel / maps.width;
    return Place(row / maps.height, row % maps.height, pixel % maps.width, index % per_pixel);
}

fn at_place(maps: Maps, place: Place) -> u32 {
    return at(maps, place.image, place.row, place.column) + 4u * place.quad;
}

// Dispatches are folded into two dimensions, each of which is limited.
fn linear(group: vec3<u32>, groups: vec3<u32>) -> u32 {
    return group.x + group.y * groups.x;
}

// exp and tanh overflow on some drivers: beyond these bounds their results no longer change.
fn activate(x: vec4<f32>, then: Then) -> vec4<f32> {
    switch then.kind {
        case 1u: {
            return select(then.factor * x, x, x > vec4<f32>(0.0));
        }
        case 2u: {
            return 1.0 / (1.0 + exp(-clamp(x, vec4<f32>(-80.0), vec4<f32>(80.0))));
        }
        case 3u: {
            return tanh(clamp(x, vec4<f32>(-15.0), vec4<f32>(15.0)));
        }
        case 4u: {
            return abs(x);
        }
        case 5u: {
            return then.factor * x + then.offset;
        }
        default: {
            return x;
        }
    }
}
