//! The kernels, and the shader source of each variant.

use super::template::repeated;

/// Invocations of a workgroup, where a kernel has no number of its own.
pub(super) const WORKGROUP: u32 = 256;

/// The tile of outputs that a workgroup of a convolution computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Tile {
    /// Output pixels of an invocation.
    rows: u32,
    /// Fours of output channels of an invocation.
    quads: u32,
    /// Invocations along the pixels.
    row_lanes: u32,
    /// Invocations along the channels.
    quad_lanes: u32,
}

impl Tile {
    /// 128 pixels × 64 channels.
    pub(super) const LARGE: Self = Self::new(8, 2, 16, 8);
    /// 64 pixels × 64 channels.
    pub(super) const MEDIUM: Self = Self::new(4, 2, 16, 8);
    /// 32 pixels × 32 channels.
    pub(super) const SMALL: Self = Self::new(4, 1, 8, 8);
    /// 128 pixels × 32 channels.
    pub(super) const UP_TO_32: Self = Self::new(8, 1, 16, 8);
    /// 128 pixels × 16 channels.
    pub(super) const UP_TO_16: Self = Self::new(4, 1, 32, 4);
    /// 128 pixels × 4 channels.
    pub(super) const UP_TO_4: Self = Self::new(2, 1, 64, 1);

    const fn new(rows: u32, quads: u32, row_lanes: u32, quad_lanes: u32) -> Self {
        Self {
            rows,
            quads,
            row_lanes,
            quad_lanes,
        }
    }

    /// Output pixels of the tile.
    pub(super) const fn pixels(self) -> u32 {
        self.rows * self.row_lanes
    }

    /// Fours of output channels of the tile.
    pub(super) const fn channel_quads(self) -> u32 {
        self.quads * self.quad_lanes
    }

    fn sizes(self) -> Vec<(&'static str, u32)> {
        let invocations = self.row_lanes * self.quad_lanes;
        vec![
            ("ROWS", self.rows),
            ("QUADS", self.quads),
            ("ROW_LANES", self.row_lanes),
            ("QUAD_LANES", self.quad_lanes),
            ("TILE_ROWS", self.pixels()),
            ("TILE_QUADS", self.channel_quads()),
            ("INPUT_LOADS", 4 * self.pixels() / invocations),
            (
                "WEIGHT_LOADS",
                (16 * self.channel_quads()).div_ceil(invocations),
            ),
        ]
    }
}

/// A program for the GPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kernel {
    /// A convolution in tiles.
    ConvolveTiles(Tile),
    /// A convolution of at most so many output pixels.
    ConvolveFew(u32),
    /// A convolution of stride 1 to at most four channels.
    ConvolveStrips,
    /// The end of a convolution whose depth was sliced.
    ConvolveSlices,
    /// Winograd's transform of the input.
    WinogradInput,
    /// Winograd's products in tiles.
    WinogradTiles(Tile),
    /// Winograd's transform of the products, and the end.
    WinogradOutput,
    /// Numbers per channel.
    Scale,
    /// Moments of slices, per channel.
    NormaliseSlices,
    /// Moments per image and channel, from slices.
    MomentsOverPlane,
    /// Moments per image, from slices.
    MomentsOverImage,
    /// Normalisation by settled moments.
    Normalise,
    /// Rows by so many lanes each.
    Softmax(u32),
    /// Rows by so many lanes each.
    SparseSoftmax(u32),
    /// A matrix product in tiles.
    Multiply,
    /// A matrix product of few rows.
    MultiplyFew,
    /// Two samples to one.
    Combine,
    /// Twice or half the size.
    Resample,
    /// The mean of all pixels.
    Mean,
    /// From a buffer of f32 to the arena.
    Give,
    /// From the arena to a buffer of f32.
    Take,
}

impl Kernel {
    /// Whether a workgroup's invocations find something out together that a subgroup's can without
    /// workgroup memory.
    pub(super) fn asks_around(self) -> bool {
        matches!(
            self,
            Self::MomentsOverImage | Self::Softmax(_) | Self::SparseSoftmax(_)
        )
    }
}

/// A kernel as it is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Variant {
    pub(super) kernel: Kernel,
    /// Whether everything it touches lies in aligned fours.
    pub(super) by_quad: bool,
    /// Whether samples and weights are stored as f16.
    pub(super) half: bool,
    /// Whether invocations of a subgroup may ask each other: see [`Kernel::asks_around`].
    pub(super) subgroups: bool,
}

macro_rules! shader {
    ($name:literal) => {
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/shaders/compute/",
            $name,
            ".wgsl"
        ))
    };
}

impl Variant {
    /// The name of the entry point.
    pub(super) fn entry(self) -> &'static str {
        match self.kernel {
            Kernel::Softmax(_) => "softmax",
            Kernel::SparseSoftmax(_) => "sparse_softmax",
            Kernel::Give => "give",
            Kernel::Take => "take",
            _ => "main",
        }
    }

    /// The shader.
    pub(super) fn source(self) -> String {
        let sizes = match self.kernel {
            Kernel::ConvolveTiles(tile) | Kernel::WinogradTiles(tile) => tile.sizes(),
            Kernel::ConvolveFew(pixels) => vec![("PIXELS", pixels)],
            Kernel::Softmax(lanes) | Kernel::SparseSoftmax(lanes) => {
                vec![("LANES", lanes)]
            }
            Kernel::MomentsOverImage => vec![("LANES", WORKGROUP)],
            _ => Vec::new(),
        };
        let (enable, sample) = match self.half {
            true => ("enable f16;\n", "f16"),
            false => ("", "f32"),
        };
        let mut source = format!(
            "{enable}alias Sample = {sample};\nalias Quad = vec4<{sample}>;\n\
             const WIDTH: u32 = {}u;\nconst WORKGROUP: u32 = {WORKGROUP}u;\n",
            if self.by_quad { 4 } else { 1 }
        );
        for (name, size) in &sizes {
            source.push_str(&format!("const {name}: u32 = {size}u;\n"));
        }
        source.push_str(match self.by_quad {
            true => shader!("arena_by_quad"),
            false => shader!("arena_by_sample"),
        });
        source.push_str(shader!("common"));
        if self.kernel.asks_around() {
            source.push_str(shader!("group"));
            source.push_str(match self.subgroups {
                true => shader!("group_by_subgroups"),
                false => shader!("group_in_memory"),
            });
        }
        for part in self.parts() {
            source.push_str(&repeated(part, &sizes));
        }
        source
    }

    fn parts(self) -> &'static [&'static str] {
        const CONVOLUTION: &str = shader!("convolution");
        const WINDOWS: &str = shader!("convolve_windows");
        const NORMALISATION: &str = shader!("normalisation");
        const ROWS: &str = shader!("normalise_rows");
        match self.kernel {
            Kernel::ConvolveTiles(_) => &[CONVOLUTION, WINDOWS, shader!("convolve_tiles")],
            Kernel::ConvolveFew(_) => &[CONVOLUTION, WINDOWS, shader!("convolve_few")],
            Kernel::ConvolveStrips => &[CONVOLUTION, shader!("convolve_strips")],
            Kernel::ConvolveSlices => &[CONVOLUTION, shader!("convolve_slices")],
            Kernel::WinogradInput => &[CONVOLUTION, shader!("winograd_input")],
            Kernel::WinogradTiles(_) => &[
                CONVOLUTION,
                shader!("winograd_blocks"),
                shader!("convolve_tiles"),
            ],
            Kernel::WinogradOutput => &[CONVOLUTION, shader!("winograd_output")],
            Kernel::Scale => &[shader!("scale")],
            Kernel::NormaliseSlices => &[NORMALISATION, ROWS, shader!("normalise_slices")],
            Kernel::MomentsOverPlane => &[NORMALISATION, ROWS, shader!("normalise_plane")],
            Kernel::MomentsOverImage => &[NORMALISATION, shader!("normalise_image")],
            Kernel::Normalise => &[NORMALISATION, shader!("normalise")],
            Kernel::Softmax(_) | Kernel::SparseSoftmax(_) => &[shader!("rows")],
            Kernel::Multiply => &[shader!("product"), shader!("multiply")],
            Kernel::MultiplyFew => &[shader!("product"), shader!("multiply_few")],
            Kernel::Combine => &[shader!("combine")],
            Kernel::Resample => &[shader!("resample")],
            Kernel::Mean => &[shader!("mean")],
            Kernel::Give | Kernel::Take => &[shader!("transfer")],
        }
    }
}

#[cfg(test)]
impl Variant {
    /// Every variant that can occur.
    pub(super) fn all() -> Vec<Self> {
        let tiles = [
            Tile::LARGE,
            Tile::MEDIUM,
            Tile::SMALL,
            Tile::UP_TO_32,
            Tile::UP_TO_16,
            Tile::UP_TO_4,
        ];
        let mut kernels: Vec<Kernel> = tiles.map(Kernel::ConvolveTiles).to_vec();
        kernels.extend([Tile::LARGE, Tile::MEDIUM, Tile::SMALL].map(Kernel::WinogradTiles));
        kernels.extend([1, 2, 4, 8].map(Kernel::ConvolveFew));
        for lanes in [32, 256] {
            kernels.extend([Kernel::Softmax(lanes), Kernel::SparseSoftmax(lanes)]);
        }
        kernels.extend([
            Kernel::ConvolveStrips,
            Kernel::ConvolveSlices,
            Kernel::WinogradInput,
            Kernel::WinogradOutput,
            Kernel::Scale,
            Kernel::NormaliseSlices,
            Kernel::MomentsOverPlane,
            Kernel::MomentsOverImage,
            Kernel::Normalise,
            Kernel::Multiply,
            Kernel::MultiplyFew,
            Kernel::Combine,
            Kernel::Resample,
            Kernel::Mean,
            Kernel::Give,
            Kernel::Take,
        ]);
        let mut variants = Vec::new();
        for kernel in kernels {
            for (by_quad, half) in [(false, false), (false, true), (true, false), (true, true)] {
                for subgroups in [false, true] {
                    if kernel.asks_around() || !subgroups {
                        variants.push(Self {
                            kernel,
                            by_quad,
                            half,
                            subgroups,
                        });
                    }
                }
            }
        }
        variants
    }
}
