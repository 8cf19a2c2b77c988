//! The language and the size of the interface.

use std::time::{Duration, Instant};

use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use silhouette::session::Language;
use silhouette::ui::Window;

use super::{analyzed, window, with_film};

/// Chooses a language in the menu, and waits until the interface speaks it; says so and returns
/// false where no font of this system has its letters.
pub(super) fn choose(
    harness: &mut Harness<'static, Window>,
    (english, word): (&str, &str),
) -> bool {
    harness.get_by_label("Help").click();
    harness.run_steps(3);
    // The menu looks for the language's letters as soon as it shows its name.
    let start = Instant::now();
    harness.get_by_label_contains(english).click();
    while harness.query_all_by_label(word).next().is_none() {
        harness.step();
        if harness
            .query_by_label_contains("No font of this system")
            .is_some()
        {
            eprintln!("SKIPPED: no font of this system can write {english}");
            return false;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "never {word}");
        std::thread::sleep(Duration::from_millis(2));
    }
    harness.run_steps(3);
    true
}

#[test]
fn the_interface_speaks_the_language_that_is_chosen_at_once() {
    for (english, language, words) in [
        (
            "Korean",
            Language::Korean,
            ["분석", "창 조절 도구", "임계값"],
        ),
        (
            "Japanese",
            Language::Japanese,
            ["解析", "ウィンドウツール", "しきい値"],
        ),
        ("Chinese", Language::Chinese, ["分析", "调窗工具", "阈值"]),
    ] {
        let (_folder, mut harness) = analyzed(96);
        if !choose(&mut harness, (english, words[0])) {
            continue;
        }
        let settings = harness.state().session().settings();
        assert_eq!(settings.language, Some(language));
        for word in words {
            assert!(
                harness.query_all_by_label(word).next().is_some(),
                "{english}: {word}"
            );
        }
        assert!(harness.query_by_label("Threshold").is_none());
    }
}

#[test]
fn a_command_is_found_by_its_name_in_either_language() {
    let (_folder, mut harness) = with_film(64);
    if !choose(&mut harness, ("Korean", "분석")) {
        return;
    }
    for typed in ["invert", "반전"] {
        harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
        harness.run_steps(3);
        harness.get_by_label("명령 찾기").type_text(typed);
        harness.run_steps(3);
        harness.key_press(Key::Enter);
        harness.run_steps(3);
    }
    // Twice inverted is not inverted; once would be.
    let open = harness.state().session().reading().unwrap();
    assert!(!open.open_film().unwrap().presentation.inverted);
    assert!(harness.query_by_label("명령 찾기").is_none());
}

#[test]
fn without_a_choice_and_a_wish_of_the_system_the_interface_is_english() {
    let harness = window(Vec::new());
    assert_eq!(harness.state().session().settings().language, None);
    harness.get_by_label("Drop films or folders here");
}

#[test]
fn the_interface_grows_and_shrinks_and_that_is_kept() {
    let mut harness = window(Vec::new());
    let scale = |harness: &Harness<'static, Window>| {
        let kept = harness.state().session().settings().scale_percent;
        let shown = (100.0 * harness.ctx.zoom_factor()).round() as u16;
        assert_eq!(kept, shown);
        kept
    };
    for (key, percent) in [
        (Key::Equals, 110),
        (Key::Plus, 120),
        (Key::Minus, 110),
        (Key::Num0, 100),
    ] {
        harness.key_press_modifiers(Modifiers::COMMAND, key);
        harness.run_steps(3);
        assert_eq!(scale(&harness), percent);
    }
    for _ in 0..8 {
        harness.key_press_modifiers(Modifiers::COMMAND, Key::Minus);
        harness.run_steps(3);
    }
    assert_eq!(scale(&harness), 50, "smaller cannot be read");
}
