//! What a device says of its own accord: that it is lost, and what it refused when nobody listened.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Listens to a wgpu device. Clones have heard the same.
///
/// Without it wgpu panics at what fails outside an error scope, such as a texture for which there is no
/// memory; scopes hold for one thread.
#[derive(Clone, Debug, Default)]
pub struct GpuWatch {
    heard: Arc<Heard>,
}

#[derive(Debug, Default)]
struct Heard {
    lost: OnceLock<String>,
    refusal: Mutex<Refusal>,
}

/// What was refused first: what follows are mostly its consequences, frame by frame.
#[derive(Debug, Default)]
enum Refusal {
    #[default]
    Nothing,
    Unheard(String),
    Heard,
}

impl GpuWatch {
    /// Listens to a device from now on, in place of who did before; `wake` is called at news.
    pub fn of(device: &wgpu::Device, wake: impl Fn() + Send + Sync + 'static) -> Self {
        let watch = Self::default();
        let wake = Arc::new(wake);
        let (heard, tell) = (Arc::clone(&watch.heard), Arc::clone(&wake));
        device.set_device_lost_callback(move |reason, message| {
            let story = match message.is_empty() {
                true => format!("{reason:?}"),
                false => format!("{reason:?}: {message}"),
            };
            heard.lost.set(story).ok();
            tell();
        });
        let heard = Arc::clone(&watch.heard);
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            let refusal = heard.refusal.lock();
            let mut refusal = refusal.unwrap_or_else(PoisonError::into_inner);
            if matches!(*refusal, Refusal::Nothing) {
                log::error!("wgpu: {error}");
                *refusal = Refusal::Unheard(error.to_string());
                wake();
            } else {
                log::debug!("wgpu: {error}");
            }
        }));
        watch
    }

    /// What the driver said when the device was lost, if it was. A lost device stays lost.
    pub fn lost(&self) -> Option<&str> {
        self.heard.lost.get().map(String::as_str)
    }

    /// Returns, once, the first thing that the device refused outside of what [`super::Gpu`] does.
    pub fn refusal(&self) -> Option<String> {
        let refusal = self.heard.refusal.lock();
        let mut refusal = refusal.unwrap_or_else(PoisonError::into_inner);
        match &mut *refusal {
            Refusal::Unheard(words) => {
                let words = std::mem::take(words);
                *refusal = Refusal::Heard;
                Some(words)
            }
            Refusal::Nothing | Refusal::Heard => None,
        }
    }
}
