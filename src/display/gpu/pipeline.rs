//! The render pipeline of `shaders/picture.wgsl` and what it is bound to.

use super::uniforms::Uniforms;

/// The compiled shader.
pub(super) struct Pipeline {
    pub(super) render: wgpu::RenderPipeline,
    layout: wgpu::BindGroupLayout,
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

impl Pipeline {
    /// Compiles the shader for a window's target format.
    pub(super) fn new(device: &wgpu::Device, target: wgpu::TextureFormat) -> Self {
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("picture"),
            source: wgpu::ShaderSource::Wgsl(
                include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/shaders/picture.wgsl")).into(),
            ),
        });
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("picture"),
            entries: &layout_entries(),
        });
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("picture"),
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        let render = device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some("picture"),
            layout: Some(&pipeline_layout),
            vertex: wgpu::VertexState {
                module: &module,
                entry_point: Some("cover_viewport"),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                buffers: &[],
            },
            primitive: wgpu::PrimitiveState::default(),
            depth_stencil: None,
            multisample: wgpu::MultisampleState::default(),
            fragment: Some(wgpu::FragmentState {
                module: &module,
                entry_point: Some(if target.is_srgb() {
                    "paint_linear"
                } else {
                    "paint_code_values"
                }),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                targets: &[Some(target.into())],
            }),
            multiview_mask: None,
            cache: None,
        });
        Self { render, layout }
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
            layout: &self.layout,
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
