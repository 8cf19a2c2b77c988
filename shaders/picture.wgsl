// Draws one picture: a film through its grey ramp, a second layer over it, a map in colour on top.
// Its twin is src/display/compose.rs, line by line; a test holds the two together. Curves arrive
// as tables, so no window, sigmoid or colour map is spelled here.

// Where a raster lies on the film, and the resolution at which it is read.
struct Placement {
    // The corner and the size of the whole raster, in image pixels.
    corner: vec2<f32>,
    extent: vec2<f32>,
    // Cells per image pixel, and the number of cells.
    cells_per_pixel: vec2<f32>,
    cells: vec2<f32>,
}

struct Picture {
    center_in_image: vec2<f32>,
    center_on_screen: vec2<f32>,
    // Image pixels per screen pixel.
    step: vec2<f32>,
    ramp_low: f32,
    ramp_high: f32,
    base: Placement,
    over: Placement,
    map: Placement,
    stencil: Placement,
    scale_low: f32,
    scale_high: f32,
    threshold: f32,
    opacity: f32,
    blend_at: f32,
    blend: u32,
    base_level: u32,
    over_level: u32,
    colormap: u32,
    discrete: u32,
    stencil_level: u32,
    // 1 where the file's overlays are drawn, and where its shutter hides.
    overlays: f32,
    shutter: f32,
    shade: f32,
    // Sine and cosine of the view's turn.
    turn: vec2<f32>,
    lens_center: vec2<f32>,
    // What makes modality values of whole numbers.
    base_offset: f32,
    over_offset: f32,
}

struct Sample {
    inside: bool,
    value: f32,
}

const BLEND_FADE: u32 = 1u;
const BLEND_SWIPE: u32 = 2u;
const BLEND_LENS: u32 = 3u;
const BLEND_DIFFERENCE: u32 = 4u;
const LAST_GREY: f32 = 4095.0;
const LAST_COLOR: f32 = 255.0;
// src/display/stencil.rs has the same.
const OVERLAY_COLOR: vec3<f32> = vec3<f32>(90.0 / 255.0, 230.0 / 255.0, 1.0);

// What a picture has, and how it is read. These are fixed when the shader is compiled, so that a
// pipeline spends nothing on what its pictures lack: software drivers compute both sides of a branch.
override HAS_OVER: bool = true;
override HAS_MAP: bool = true;
override HAS_STENCIL: bool = true;
// Whether the film's whole numbers are read; else a level of floats.
override BASE_WHOLE: bool = false;
override OVER_WHOLE: bool = false;
// Whether a screen pixel covers more than one cell, and the mean of four taps is shown.
override BASE_FOUR: bool = true;
override OVER_FOUR: bool = true;
override MAP_FOUR: bool = true;
override STENCIL_FOUR: bool = true;

@group(0) @binding(0) var<uniform> picture: Picture;
@group(0) @binding(1) var base_raster: texture_2d<f32>;
@group(0) @binding(2) var over_raster: texture_2d<f32>;
@group(0) @binding(3) var ramp: texture_2d<f32>;
@group(0) @binding(4) var map_raster: texture_2d<f32>;
@group(0) @binding(5) var colors: texture_2d<f32>;
@group(0) @binding(6) var stencil: texture_2d<f32>;
@group(0) @binding(7) var base_whole: texture_2d<u32>;
@group(0) @binding(8) var over_whole: texture_2d<u32>;

@vertex
fn cover_viewport(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    let corner = vec2<f32>(f32((index << 1u) & 2u), f32(index & 2u));
    return vec4<f32>(corner * 2.0 - 1.0, 0.0, 1.0);
}

// What is read of a layer: a level of its floats, or its whole numbers and what is added to them.
struct Reading {
    level: u32,
    offset: f32,
    whole: bool,
    four: bool,
}

fn cell_at(
    raster: texture_2d<f32>,
    whole: texture_2d<u32>,
    reading: Reading,
    cell: vec2<i32>,
) -> f32 {
    if reading.whole {
        return f32(textureLoad(whole, cell, 0).r) + reading.offset;
    }
    return textureLoad(raster, cell, i32(reading.level)).r;
}

// Bilinear, clamped at the raster's edge.
fn value_at(
    raster: texture_2d<f32>,
    whole: texture_2d<u32>,
    reading: Reading,
    place: Placement,
    point: vec2<f32>,
) -> f32 {
    let last = place.cells - 1.0;
    let from_corner = point - place.corner;
    let cell = clamp(from_corner * place.cells_per_pixel - 0.5, vec2<f32>(0.0), last);
    let a = vec2<i32>(cell);
    let b = min(a + 1, vec2<i32>(last));
    let t = cell - vec2<f32>(a);
    let top = cell_at(raster, whole, reading, a) * (1.0 - t.x)
        + cell_at(raster, whole, reading, vec2<i32>(b.x, a.y)) * t.x;
    let bottom = cell_at(raster, whole, reading, vec2<i32>(a.x, b.y)) * (1.0 - t.x)
        + cell_at(raster, whole, reading, b) * t.x;
    return top * (1.0 - t.y) + bottom * t.y;
}

// One tap where a screen pixel covers at most one cell, else the mean of four.
fn sample_at(
    raster: texture_2d<f32>,
    whole: texture_2d<u32>,
    reading: Reading,
    place: Placement,
    point: vec2<f32>,
) -> Sample {
    let from_corner = point - place.corner;
    if any(from_corner < vec2<f32>(0.0)) || any(from_corner > place.extent) {
        return Sample(false, 0.0);
    }
    if !reading.four {
        return Sample(true, value_at(raster, whole, reading, place, point));
    }
    let off = picture.step * 0.25;
    let sum = value_at(raster, whole, reading, place, point - off)
        + value_at(raster, whole, reading, place, vec2<f32>(point.x + off.x, point.y - off.y))
        + value_at(raster, whole, reading, place, vec2<f32>(point.x - off.x, point.y + off.y))
        + value_at(raster, whole, reading, place, point + off);
    return Sample(true, sum * 0.25);
}

fn base_at(point: vec2<f32>) -> Sample {
    let reading = Reading(picture.base_level, picture.base_offset, BASE_WHOLE, BASE_FOUR);
    return sample_at(base_raster, base_whole, reading, picture.base, point);
}

fn over_at(point: vec2<f32>) -> Sample {
    let reading = Reading(picture.over_level, picture.over_offset, OVER_WHOLE, OVER_FOUR);
    return sample_at(over_raster, over_whole, reading, picture.over, point);
}

// The map's cell that holds a point: counts have no values between them.
fn count_at(point: vec2<f32>) -> Sample {
    let from_corner = point - picture.map.corner;
    if any(from_corner < vec2<f32>(0.0)) || any(from_corner > picture.map.extent) {
        return Sample(false, 0.0);
    }
    let cell = min(from_corner * picture.map.cells_per_pixel, picture.map.cells - 1.0);
    return Sample(true, textureLoad(map_raster, vec2<i32>(cell), 0).r);
}

fn grey_of(value: f32) -> f32 {
    var place = select(0.0, LAST_GREY, value > picture.ramp_low);
    if picture.ramp_high > picture.ramp_low {
        let share = (value - picture.ramp_low) / (picture.ramp_high - picture.ramp_low);
        place = clamp(share * LAST_GREY, 0.0, LAST_GREY);
    }
    let index = min(i32(place), i32(LAST_GREY) - 1);
    let t = place - f32(index);
    return textureLoad(ramp, vec2<i32>(index, 0), 0).r * (1.0 - t)
        + textureLoad(ramp, vec2<i32>(index + 1, 0), 0).r * t;
}

fn color_of(value: f32) -> vec3<f32> {
    let span = max(picture.scale_high - picture.scale_low, 1e-30);
    let share = (value - picture.scale_low) / span;
    let place = clamp(share, 0.0, 1.0) * LAST_COLOR;
    let index = min(i32(place), i32(LAST_COLOR) - 1);
    let t = place - f32(index);
    let row = i32(picture.colormap);
    return textureLoad(colors, vec2<i32>(index, row), 0).rgb * (1.0 - t)
        + textureLoad(colors, vec2<i32>(index + 1, row), 0).rgb * t;
}

// Whether the second layer is seen at a point at all.
fn over_seen(point: vec2<f32>) -> bool {
    switch picture.blend {
        case BLEND_FADE, BLEND_DIFFERENCE: {
            return true;
        }
        case BLEND_SWIPE: {
            return point.x >= picture.blend_at;
        }
        case BLEND_LENS: {
            let off = (point - picture.lens_center) / picture.step;
            return length(off) <= picture.blend_at / picture.step.x;
        }
        default: {
            return false;
        }
    }
}

fn layers_at(base: f32, point: vec2<f32>) -> f32 {
    var grey = grey_of(base);
    if !HAS_OVER {
        return grey;
    }
    if !over_seen(point) {
        return grey;
    }
    let over = over_at(point);
    if picture.blend == BLEND_DIFFERENCE {
        if !over.inside {
            return 0.0;
        }
        let apart = grey - grey_of(over.value);
        return clamp(0.5 + apart / (2.0 * picture.blend_at), 0.0, 1.0);
    }
    if over.inside {
        let share = select(1.0, picture.blend_at, picture.blend == BLEND_FADE);
        grey = grey * (1.0 - share) + grey_of(over.value) * share;
    }
    return grey;
}

fn stencil_cell(point: vec2<f32>) -> vec2<f32> {
    let last = picture.stencil.cells - 1.0;
    let cell = clamp(point * picture.stencil.cells_per_pixel, vec2<f32>(0.0), last);
    return textureLoad(stencil, vec2<i32>(cell), i32(picture.stencil_level)).rg;
}

// How much of a screen pixel the file's overlays draw on, and how much its shutter hides.
fn coverages_at(point: vec2<f32>) -> vec2<f32> {
    if !STENCIL_FOUR {
        return stencil_cell(point);
    }
    let off = picture.step * 0.25;
    let a = stencil_cell(point - off);
    let b = stencil_cell(vec2<f32>(point.x + off.x, point.y - off.y));
    let c = stencil_cell(vec2<f32>(point.x - off.x, point.y + off.y));
    let d = stencil_cell(point + off);
    let drawn = max(max(a.x, b.x), max(c.x, d.x));
    return vec2<f32>(drawn, (a.y + b.y + c.y + d.y) * 0.25);
}

// The colour as code values in [0, 1]: what an 8-bit display receives.
fn code_values(position: vec2<f32>) -> vec3<f32> {
    let off = position - picture.center_on_screen;
    let turned = vec2<f32>(
        picture.turn.y * off.x + picture.turn.x * off.y,
        picture.turn.y * off.y - picture.turn.x * off.x,
    );
    let point = picture.center_in_image + turned * picture.step;
    let base = base_at(point);
    // A model may look beyond the film; what it draws there belongs to no film.
    if !base.inside {
        return vec3<f32>(0.0);
    }
    var grey = layers_at(base.value, point);
    var drawn = 0.0;
    if HAS_STENCIL {
        let coverages = coverages_at(point);
        drawn = coverages.x * picture.overlays;
        // The shutter hides the film, and not what a model says about it.
        let hidden = coverages.y * picture.shutter;
        grey = grey * (1.0 - hidden) + picture.shade * hidden;
    }
    var color = vec3<f32>(grey);
    if HAS_MAP {
        var map: Sample;
        if picture.discrete == 1u {
            map = count_at(point);
        } else {
            let reading = Reading(0u, 0.0, false, MAP_FOUR);
            map = sample_at(map_raster, base_whole, reading, picture.map, point);
        }
        if map.inside && map.value >= picture.threshold {
            color = color * (1.0 - picture.opacity) + color_of(map.value) * picture.opacity;
        }
    }
    return color * (1.0 - drawn) + OVERLAY_COLOR * drawn;
}

@fragment
fn paint_code_values(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    return vec4<f32>(code_values(position.xy), 1.0);
}

// For targets that encode sRGB themselves: undoes what the target is going to do.
@fragment
fn paint_linear(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let code = code_values(position.xy);
    let low = code / 12.92;
    let high = pow((code + 0.055) / 1.055, vec3<f32>(2.4));
    return vec4<f32>(select(high, low, code <= vec3<f32>(0.04045)), 1.0);
}
