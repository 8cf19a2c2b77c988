//! The render pipelines of `shaders/picture.wgsl` and what they are bound to.

use std::collections::HashMap;

use super::uniforms::Uniforms;

/// The shader, compiled for each kind of picture as it comes up.
pub(super) struct Pipelines {
    module: wgpu::ShaderModule,
    bindings: wgpu::BindGroupLayout,
    layout: wgpu::PipelineLayout,
    target: wgpu::TextureFormat,
    made: HashMap<Kind, wgpu::RenderPipeline>,
}

/// What a picture has, and how it is read: what the shader is compiled for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    pub(super) base: Taps,
    pub(super) over: Option<Taps>,
    /// Whether there is a map, and whether the mean of four taps of it is shown.
    pub(super) map: Option<bool>,
    /// The same for what the file draws over the film.
    pub(super) stencil: Option<bool>,
}

/// How a layer is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Taps {
    /// Its whole numbers, else a level of floats.
    pub(super) whole: bool,
    /// The mean of four taps, else one.
    pub(super) four: bool,
}

impl Kind {
    /// What is seen first of most films: reduced to fit, and nothing over it.
    const REDUCED: Self = Self {
        base: Taps {
            whole: false,
            four: true,
        },
        over: None,
        map: None,
        stencil: None,
    };

    /// The shader's constants.
    fn constants(&self) -> [(&'static str, f64); 9] {
        let over = self.over.unwrap_or_default();
        [
            ("HAS_OVER", self.over.is_some()),
            ("HAS_MAP", self.map.is_some()),
            ("HAS_STENCIL", self.stencil.is_some()),
            ("BASE_WHOLE", self.base.whole),
            ("OVER_WHOLE", over.whole),
            ("BASE_FOUR", self.base.four),
            ("OVER_FOUR", over.four),
            ("MAP_FOUR", self.map == Some(true)),
            ("STENCIL_FOUR", self.stencil == Some(true)),
        ]
        .map(|(name, set)| (name, f64::from(u8::from(set))))
    }
}

/// The textures of one picture, in the order of their bindings.
pub(super) struct Bindings {
    pub(super) base: wgpu::TextureView,
    pub(super) over: wgpu::TextureView,
    pub(super) ramp: wgpu::TextureView,
    pub(super) map: wgpu::TextureView,
    pub(super) colors: wgpu::TextureView,
    pub(super) stencil: wgpu::TextureView,
    pub(super) base_whole: wgpu::TextureView,
    pub(super) over_whole: wgpu::TextureView,
}

impl Pipelines {
    /// Takes the shader in for a window's target format, and compiles it for a film alone.
    pub(super) fn new(device: &wgpu::Device, target: wgpu::TextureFormat) -> Self {
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("picture"),
            source: wgpu::ShaderSource::Wgsl(
                include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/shaders/picture.wgsl")).into(),
            ),
        });
        let bindings = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("picture"),
            entries: &layout_entries(),
        });
        let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("picture"),
            bind_group_layouts: &[Some(&bindings)],
            immediate_size: 0,
        });
        let mut pipelines = Self {
            module,
            bindings,
            layout,
            target,
            made: HashMap::new(),
        };
        pipelines.of(device, Kind::REDUCED);
        pipelines
    }

    /// Returns the pipeline for a kind of picture.
    pub(super) fn of(&mut self, device: &wgpu::Device, kind: Kind) -> wgpu::RenderPipeline {
        if let Some(made) = self.made.get(&kind) {
            return made.clone();
        }
        let pipeline = self.compiled(device, kind);
        self.made.insert(kind, pipeline.clone());
        pipeline
    }

    fn compiled(&self, device: &wgpu::Device, kind: Kind) -> wgpu::RenderPipeline {
        device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some("picture"),
            layout: Some(&self.layout),
            vertex: wgpu::VertexState {
                module: &self.module,
                entry_point: Some("cover_viewport"),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                buffers: &[],
            },
            primitive: wgpu::PrimitiveState::default(),
            depth_stencil: None,
            multisample: wgpu::MultisampleState::default(),
            fragment: Some(wgpu::FragmentState {
                module: &self.module,
                entry_point: Some(if self.target.is_srgb() {
                    "paint_linear"
                } else {
                    "paint_code_values"
                }),
                compilation_options: wgpu::PipelineCompilationOptions {
                    constants: &kind.constants(),
                    ..Default::default()
                },
                targets: &[Some(self.target.into())],
            }),
            multiview_mask: None,
            cache: None,
        })
    }

    /// Binds one picture.
    pub(super) fn bind(
        &self,
        device: &wgpu::Device,
        uniforms: &wgpu::Buffer,
        bindings: &Bindings,
    ) -> wgpu::BindGroup {
        let textures = [
            &bindings.base,
            &bindings.over,
            &bindings.ramp,
            &bindings.map,
            &bindings.colors,
            &bindings.stencil,
            &bindings.base_whole,
            &bindings.over_whole,
        ];
        let mut entries = vec![wgpu::BindGroupEntry {
            binding: 0,
            resource: uniforms.as_entire_binding(),
        }];
        entries.extend(
            (1..)
                .zip(textures)
                .map(|(binding, view)| wgpu::BindGroupEntry {
                    binding,
                    resource: wgpu::BindingResource::TextureView(view),
                }),
        );
        device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("picture"),
            layout: &self.bindings,
            entries: &entries,
        })
    }
}

/// Makes the buffer for one picture's uniforms.
pub(super) fn uniform_buffer(device: &wgpu::Device) -> wgpu::Buffer {
    device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("picture uniforms"),
        size: Uniforms::SIZE,
        usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

/// The first binding of whole numbers.
const FIRST_WHOLE: usize = 7;

fn layout_entries() -> [wgpu::BindGroupLayoutEntry; 9] {
    std::array::from_fn(|binding| wgpu::BindGroupLayoutEntry {
        binding: binding as u32,
        visibility: wgpu::ShaderStages::FRAGMENT,
        ty: if binding == 0 {
            wgpu::BindingType::Buffer {
                ty: wgpu::BufferBindingType::Uniform,
                has_dynamic_offset: false,
                min_binding_size: std::num::NonZeroU64::new(Uniforms::SIZE),
            }
        } else {
            // Read with textureLoad: 32-bit floats cannot be filtered everywhere.
            wgpu::BindingType::Texture {
                sample_type: if binding < FIRST_WHOLE {
                    wgpu::TextureSampleType::Float { filterable: false }
                } else {
                    wgpu::TextureSampleType::Uint
                },
                view_dimension: wgpu::TextureViewDimension::D2,
                multisampled: false,
            }
        },
        count: None,
    })
}
