//! The application: one session, one shell, one frame.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{
    Commands, Lifeline, Shell, analysis, card, export, films, fonts, help, inspector, keyboard,
    keymap, language, menu, palette, preferences, saving, states, status, theme, toolbar, tour,
    train, viewer, writing,
};
use crate::compute::{DeviceKind, DeviceRequest, Gpu, GpuWatch};
use crate::display;
use crate::inference::Models;
use crate::session::{Command, FilmState, Language, Session};
use crate::task::Wake;

/// The program's window.
pub struct Window {
    pub(super) session: Session,
    shell: Shell,
    fonts: fonts::Fonts,
    /// The GPU that draws.
    pub(super) watch: Option<GpuWatch>,
    pub(super) lifeline: Option<Arc<Lifeline>>,
    /// When the program was started, where that is known.
    started: Option<Instant>,
}

impl Window {
    /// Makes the window's content and starts opening films.
    pub fn new(
        creation: &eframe::CreationContext<'_>,
        models: Arc<dyn Models>,
        device: DeviceKind,
        paths: Vec<PathBuf>,
    ) -> Self {
        theme::dress(&creation.egui_ctx);
        let context = creation.egui_ctx.clone();
        let wake: Wake = Arc::new(move || context.request_repaint());
        if let Some(render_state) = &creation.wgpu_render_state {
            display::install_with_wake(render_state, wake.clone());
        }
        // Networks compute on the device that draws the window: the GPU is opened once.
        let gpu = creation.wgpu_render_state.as_ref();
        let gpu = gpu.map(|state| {
            let wake = wake.clone();
            let watch = GpuWatch::of(&state.device, move || wake());
            (&state.device, &state.queue, watch)
        });
        let watch = gpu.as_ref().map(|(_, _, watch)| watch.clone());
        let shared = gpu.and_then(|(device, queue, watch)| {
            let shared = Gpu::sharing(device.clone(), queue.clone(), watch);
            shared.map_err(|error| log::info!("{}", error.message)).ok()
        });
        let request = DeviceRequest {
            kind: device,
            window: shared,
        };
        let fonts = fonts::Fonts::new(&creation.egui_ctx, wake.clone());
        let mut session = Session::new(models, request, wake);
        if !paths.is_empty() {
            session.apply(Command::Open(paths));
        }
        Self {
            session,
            shell: Shell {
                has_gpu: creation.wgpu_render_state.is_some(),
                ..Shell::default()
            },
            fonts,
            watch,
            lifeline: None,
            started: None,
        }
    }

    /// Makes the content of a window that is never shown, to measure what it costs.
    pub(super) fn without_display(
        context: &egui::Context,
        models: Arc<dyn Models>,
        device: DeviceKind,
    ) -> Self {
        let wake: Wake = Arc::new(|| {});
        Self {
            session: Session::new(models, device.into(), wake.clone()),
            shell: Shell {
                has_gpu: true,
                ..Shell::default()
            },
            fonts: fonts::Fonts::new(context, wake),
            watch: None,
            lifeline: None,
            started: None,
        }
    }

    /// Keeps settings and marks in a folder, and takes in the settings that are there; without this
    /// nothing outlives the window.
    pub fn keeping_in(mut self, folder: PathBuf) -> Self {
        self.session.keep_in(folder);
        self
    }

    /// Speaks a language as long as the user has chosen none; without this, English.
    pub fn speaking(mut self, language: Language) -> Self {
        self.shell.system_language = language;
        self
    }

    /// Starts the tour if nobody has taken or left it before, and if that can be kept.
    pub fn touring(mut self) -> Self {
        let due = self.session.keeps() && !self.session.settings().tour_over;
        self.shell.tour = due.then(tour::Tour::default);
        self
    }

    /// Counts the time to the first frame from the program's start.
    pub(super) fn started(mut self, at: Instant) -> Self {
        self.started = Some(at);
        self
    }

    /// Returns what is open and chosen.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Returns how long the window took to draw itself.
    pub fn frame_times(&self) -> &super::FrameTimes {
        &self.shell.frame_times
    }

    /// Forgets the frame times so far, so that what follows is measured alone.
    pub fn clear_frame_times(&mut self) {
        self.shell.frame_times.clear();
    }

    /// Carries out commands; returns whether there were any.
    fn apply_all(&mut self, commands: &mut Commands) -> bool {
        let any = !commands.is_empty();
        for command in commands.drain(..) {
            self.session.apply(command);
        }
        any
    }

    fn panels_ui(&mut self, ui: &mut egui::Ui, commands: &mut Commands) {
        let (session, shell) = (&self.session, &mut self.shell);
        egui::Panel::top("menu").show(ui, |ui| menu::menu_ui(ui, session, shell, commands));
        if !shell.full_screen {
            Self::sides_ui(ui, session, shell, commands);
        }
        // The window is cleared to the background.
        egui::CentralPanel::default()
            .frame(egui::Frame::new())
            .show(ui, |ui| viewer::viewer_ui(ui, session, shell, commands));
        export::export_ui(ui, session, shell, commands);
        saving::saving_ui(ui, session, shell, commands);
        card::card_ui(ui, session, shell);
        train::train_ui(ui, session, shell, commands);
        help::help_ui(ui, session, shell);
        palette::palette_ui(ui, session, shell, commands);
        keymap::keymap_ui(ui, session, shell, commands);
        preferences::preferences_ui(ui, session, shell, commands);
        writing::writing_ui(ui, session, shell, commands);
        tour::tour_ui(ui, session, shell, commands);
        states::drop_hint_ui(ui);
    }

    /// Draws what stands around the viewports.
    fn sides_ui(ui: &mut egui::Ui, session: &Session, shell: &mut Shell, commands: &mut Commands) {
        if let Some(reading) = session.reading() {
            egui::Panel::top("tools")
                .show(ui, |ui| toolbar::tools_ui(ui, session, reading, commands));
        }
        egui::Panel::bottom("status")
            .show(ui, |ui| status::status_ui(ui, session, shell, commands));
        inspector::inspector_ui(ui, session, shell, commands);
        egui::Panel::left("films")
            .default_size(210.0)
            .size_range(150.0..=420.0)
            .show(ui, |ui| films::films_ui(ui, session, shell, commands));
        if session.reading().is_some() {
            egui::Panel::right("analysis")
                .default_size(310.0)
                .size_range(270.0..=460.0)
                .show(ui, |ui| analysis::analysis_ui(ui, session, shell, commands));
        }
    }

    /// Draws a frame and carries out what the user did in it; `before` is how long the frame
    /// before took with all of egui's work.
    pub(super) fn frame(&mut self, ui: &mut egui::Ui, before: Option<f32>) {
        let start = Instant::now();
        let wanted = self.shell.language(&self.session);
        language::speak(self.fonts.written(ui.ctx(), wanted));
        let mut commands = Commands::new();
        keyboard::keys(ui, &self.session, &mut self.shell, &mut commands);
        states::take_dropped(ui, &mut commands);
        // What keys ask for is seen in this very frame; what panels ask for, in the next.
        if self.apply_all(&mut commands) {
            self.session.poll();
        }
        self.panels_ui(ui, &mut commands);
        if self.apply_all(&mut commands) || self.fonts.wanted() {
            ui.request_repaint();
        } else if let Some(pause) = next_look(&self.session, &self.shell) {
            ui.request_repaint_after(pause);
        }
        self.shell.frame_times.add(start.elapsed(), before);
        if let Some(started) = self.started {
            self.shell.frame_times.opened(started);
        }
        let shown = self.session.reading();
        if let Some(reading) = shown.filter(|reading| reading.open_film().is_some())
            && let Some(asked) = reading.asked()
        {
            self.shell.frame_times.shown(asked);
        }
    }
}

impl eframe::App for Window {
    fn logic(&mut self, context: &egui::Context, _frame: &mut eframe::Frame) {
        if self.session.poll() {
            context.request_repaint();
        }
        self.tend_gpu();
        if let Some(picture) = self.session.take_copied() {
            let size = [picture.width, picture.height];
            context.copy_image(egui::ColorImage::from_rgba_unmultiplied(
                size,
                &picture.rgba,
            ));
        }
        self.fonts.tend(context);
        self.shell.unwritable = self.fonts.unwritable().to_vec();
        theme::scale(context, self.session.settings().scale_percent);
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        self.frame(ui, frame.info().cpu_usage);
    }

    fn clear_color(&self, _visuals: &egui::Visuals) -> [f32; 4] {
        theme::BACKGROUND.to_normalized_gamma_f32()
    }

    fn on_exit(&mut self) {
        self.session.finish();
        log::info!("{}", self.shell.frame_times.summary());
    }
}

/// When the window has to be drawn again although nobody touches it.
fn next_look(session: &Session, shell: &Shell) -> Option<Duration> {
    let opening = session
        .reading()
        .is_some_and(|reading| matches!(reading.state, FilmState::Opening(_)));
    if opening || session.analyzing() || session.exporting() {
        return Some(Duration::from_millis(100));
    }
    if shell.train_open && session.trainer().running() {
        return Some(Duration::from_millis(250));
    }
    let hz = session.blinking()?;
    Some(Duration::from_secs_f32(0.5 / hz.max(0.1)))
}
