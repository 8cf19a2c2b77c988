//! The Train panel: what a run is to be, and how it is going.

use std::path::PathBuf;

use egui::{Button, ComboBox, DragValue, Grid, RichText, ScrollArea, TextEdit, Ui};

use super::language::{retold, tr, tr_with};
use super::{Commands, Shell, theme, training};
use crate::compute::DeviceKind;
use crate::session::{
    Command, PRESETS, Session, Trainer, TrainingCommand, TrainingDraft, TrainingEnd,
    TrainingFolder, WeightsCommand,
};

/// Draws the panel while it is open.
pub(crate) fn train_ui(ui: &Ui, session: &Session, shell: &mut Shell, commands: &mut Commands) {
    if !shell.train_open {
        return;
    }
    let mut open = true;
    egui::Window::new(tr("Train a model"))
        .open(&mut open)
        .collapsible(false)
        .pivot(egui::Align2::CENTER_CENTER)
        .default_pos(ui.content_rect().center())
        .default_size([780.0, 740.0])
        .show(ui, |ui| {
            let trainer = session.trainer();
            ScrollArea::vertical()
                .auto_shrink([false, true])
                .show(ui, |ui| {
                    if trainer.listings.is_empty() {
                        ui.label(tr("This build can train no model."));
                        return;
                    }
                    ui.weak(tr(
                        "A run learns on this computer, from folders of this computer. Its form is \
                     forgotten when the window closes.",
                    ));
                    form_ui(ui, trainer, commands);
                    buttons_ui(ui, session, commands);
                    training::run_ui(ui, session, &mut shell.samples);
                });
        });
    shell.train_open = open;
}

fn form_ui(ui: &mut Ui, trainer: &Trainer, commands: &mut Commands) {
    let mut draft = trainer.draft.clone();
    ui.add_enabled_ui(!trainer.running(), |ui| {
        Grid::new("training form").num_columns(2).show(ui, |ui| {
            model_ui(ui, trainer, &mut draft);
            for folder in TrainingFolder::ALL {
                folder_ui(ui, folder, &mut draft, commands);
            }
            preset_ui(ui, &mut draft);
            end_ui(ui, &mut draft);
            let label = ui.label(tr("Seed"));
            ui.add(DragValue::new(&mut draft.seed))
                .labelled_by(label.id);
            ui.end_row();
            device_ui(ui, &mut draft);
        });
    });
    if draft != trainer.draft {
        let changed = TrainingCommand::Draft(Box::new(draft));
        commands.push(Command::Train(changed));
    }
}

fn model_ui(ui: &mut Ui, trainer: &Trainer, draft: &mut TrainingDraft) {
    let label = ui.label(tr("Model to train"));
    let chosen = trainer
        .listings
        .iter()
        .find(|listing| Some(&listing.id) == draft.model.as_ref());
    let text = chosen.map_or(tr("none"), |listing| &listing.title);
    ComboBox::from_id_salt("model to train")
        .selected_text(text)
        .show_ui(ui, |ui| {
            for listing in &trainer.listings {
                let now = Some(&listing.id) == draft.model.as_ref();
                if ui.add(Button::selectable(now, &listing.title)).clicked() {
                    draft.model = Some(listing.id.clone());
                }
            }
        })
        .response
        .labelled_by(label.id);
    ui.end_row();
    if let Some(listing) = chosen {
        ui.label("");
        let task = super::status::capitalised(&retold(&listing.task));
        ui.weak(tr_with("{sentence}.", &[("sentence", &task)]));
        ui.end_row();
    }
}

fn folder_ui(
    ui: &mut Ui,
    folder: TrainingFolder,
    draft: &mut TrainingDraft,
    commands: &mut Commands,
) {
    let mut words = RichText::new(tr(folder.name()));
    if folder.required() {
        words = words.strong();
    }
    let label = ui.label(words).on_hover_text(tr(folder.purpose()));
    ui.horizontal(|ui| {
        let mut text = draft.folder(folder).to_owned();
        let hint = match folder {
            TrainingFolder::From => tr("where empty: noise"),
            folder if folder.required() => tr("type a path"),
            _ => tr("only for some models"),
        };
        let field = TextEdit::singleline(&mut text)
            .hint_text(hint)
            .desired_width(430.0);
        let field = ui.add(field).labelled_by(label.id);
        if field.on_hover_text(tr(folder.purpose())).changed() {
            draft.set_folder(folder, text);
        }
        let button = ui.button(tr("Choose…"));
        let name = tr_with(
            "Choose {folder}…",
            &[("folder", &tr(folder.name()).to_lowercase())],
        );
        button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
        if button.on_hover_text(name.as_str()).clicked() {
            commands.push(Command::Train(TrainingCommand::Browse(folder)));
        }
    });
    ui.end_row();
}

fn preset_ui(ui: &mut Ui, draft: &mut TrainingDraft) {
    ui.label(tr("Configuration"));
    ui.horizontal(|ui| {
        for preset in PRESETS {
            let button = Button::selectable(draft.preset == preset, preset);
            if ui.add(button).clicked() {
                draft.preset = preset.to_owned();
            }
        }
    });
    ui.end_row();
}

fn end_ui(ui: &mut Ui, draft: &mut TrainingDraft) {
    let label = ui.label(tr("Ends after"));
    ui.horizontal(|ui| {
        match &mut draft.end {
            TrainingEnd::Epochs(epochs) => {
                ui.add(DragValue::new(epochs).range(1..=100_000))
                    .labelled_by(label.id);
            }
            TrainingEnd::Minutes(minutes) => {
                ui.add(DragValue::new(minutes).range(0.1..=100_000.0).speed(1.0))
                    .labelled_by(label.id);
            }
        }
        let by_epochs = matches!(draft.end, TrainingEnd::Epochs(_));
        if ui
            .add(Button::selectable(by_epochs, tr("epochs")))
            .clicked()
            && !by_epochs
        {
            draft.end = TrainingEnd::Epochs(50);
        }
        if ui
            .add(Button::selectable(!by_epochs, tr("minutes")))
            .clicked()
            && by_epochs
        {
            draft.end = TrainingEnd::Minutes(60.0);
        }
        ui.weak(tr("in all, earlier parts of a resumed run included"));
    });
    ui.end_row();
}

fn device_ui(ui: &mut Ui, draft: &mut TrainingDraft) {
    ui.label(tr("Device"));
    ui.horizontal(|ui| {
        for (device, text, tooltip) in [
            (
                DeviceKind::Auto,
                "auto",
                tr("CUDA where there is one, else the processor."),
            ),
            (DeviceKind::Cpu, "cpu", tr("The processor, on all cores.")),
            (DeviceKind::Cuda, "cuda", tr("An NVIDIA GPU.")),
        ] {
            let button = Button::selectable(draft.device == device, text);
            if ui.add(button).on_hover_text(tooltip).clicked() {
                draft.device = device;
            }
        }
    });
    ui.end_row();
}

fn buttons_ui(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let trainer = session.trainer();
    let running = trainer.running();
    let mut asked = None;
    ui.horizontal(|ui| {
        let missing = TrainingFolder::ALL
            .into_iter()
            .find(|&folder| folder.required() && trainer.draft.folder(folder).trim().is_empty());
        let ready = !running && missing.is_none();
        let why = match missing {
            Some(folder) => tr_with(
                "Needs a folder: {folder}.",
                &[("folder", &tr(folder.name()).to_lowercase())],
            ),
            None => tr("A model is being trained.").to_owned(),
        };
        let start = Button::new(RichText::new(tr("Start training")).strong());
        if ui
            .add_enabled(ready, start.min_size(egui::vec2(140.0, 28.0)))
            .on_disabled_hover_text(&why)
            .clicked()
        {
            asked = Some(TrainingCommand::Start);
        }
        if ui
            .add_enabled(ready, Button::new(tr("Resume")))
            .on_hover_text(tr("Goes on with the run that the output folder holds."))
            .on_disabled_hover_text(&why)
            .clicked()
        {
            asked = Some(TrainingCommand::Resume);
        }
        let stopping = trainer.run.as_ref().is_some_and(|run| run.stopping());
        if ui
            .add_enabled(running && !stopping, Button::new(tr("Cancel training")))
            .on_hover_text(tr("Stops after this step; the run can be resumed."))
            .clicked()
        {
            asked = Some(TrainingCommand::Stop);
        }
        use_ui(ui, session, commands);
        if let Some(folder) = missing {
            let words = tr_with(
                "Needs a folder: {folder}",
                &[("folder", &tr(folder.name()).to_lowercase())],
            );
            ui.label(RichText::new(words).color(theme::WARNING));
        }
    });
    commands.extend(asked.map(Command::Train));
}

/// Offers the weights that the output folder holds, until they are in use.
fn use_ui(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let trainer = session.trainer();
    let out = PathBuf::from(trainer.draft.folder(TrainingFolder::Out).trim());
    if session.chosen_weights() == Some(&out) {
        ui.label(tr("Its weights are in use until the window closes."));
        return;
    }
    let ready = !trainer.running() && !out.as_os_str().is_empty();
    if ui
        .add_enabled(ready, Button::new(tr("Use its weights")))
        .on_hover_text(tr(
            "Models take what the output folder holds before the program's own weights until the window closes. The option --weights-dir takes it at the next start.",
        ))
        .clicked()
    {
        commands.push(Command::Weights(WeightsCommand::Use(out)));
    }
}
