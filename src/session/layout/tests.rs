//! Viewports without a window.

use super::*;
use crate::display::ViewTransform;
use crate::radiograph::PixelPoint;
use crate::session::tests::{analyzed, patients, poll_until, session_with_film};
use crate::session::{Command, Look, Mark, Session, WindowChange};

const FIT: [f32; 2] = [300.0, 280.0];

fn layout(session: &mut Session, command: LayoutCommand) {
    session.apply(Command::Layout(command));
}

fn arrange(session: &mut Session, rows: usize, columns: usize) {
    let grid = Arrangement::Grid(Grid::new(rows, columns));
    layout(session, LayoutCommand::Arrange(grid));
}

fn films(session: &Session) -> Vec<Option<usize>> {
    let cells = session.layout().cells();
    cells.iter().map(|cell| cell.film).collect()
}

fn view(session: &Session, cell: usize) -> ViewTransform {
    session.view(cell, FIT, 1.0).unwrap()
}

fn at(x: f32, y: f32) -> PixelPoint {
    PixelPoint { x, y }
}

/// How far apart two points are on the screen, each in its viewport.
fn apart(a: (ViewTransform, PixelPoint), b: (ViewTransform, PixelPoint)) -> f32 {
    let (a, b) = (a.0.screen_from_image(a.1), b.0.screen_from_image(b.1));
    (a.0 - b.0).hypot(a.1 - b.1)
}

const DOE_AND_ROE: [(&str, &str); 4] = [
    ("1", "20190302"),
    ("1", "20220502"),
    ("2", "20230101"),
    ("", "20240101"),
];

#[test]
fn a_prior_hangs_beside_its_film_and_nobody_elses_does() {
    let (_folder, mut session) = patients(&DOE_AND_ROE);
    for (film, shown) in [
        (1, vec![Some(1), Some(0)]),
        (0, vec![Some(0)]),
        (2, vec![Some(2)]),
        (3, vec![Some(3)]),
    ] {
        session.apply(Command::Select(film));
        assert_eq!(films(&session), shown);
    }
    session.apply(Command::Select(1));
    let prior = session.relations(1).prior;
    assert_eq!(prior.as_deref(), Some("PRIOR 2019-03-02, 3 y 2 mo earlier"));
    assert_eq!(session.relations(0), Relations::default());
    layout(&mut session, LayoutCommand::TogglePriors);
    assert_eq!(films(&session), [Some(1)]);
}

#[test]
fn of_films_opened_together_the_newest_is_the_current_one_until_another_is_chosen() {
    let (_folder, mut session) = patients(&DOE_AND_ROE);
    session.unchosen = Some(0);
    session.settle();
    assert_eq!(session.selected(), Some(1));
    session.apply(Command::Select(0));
    session.settle();
    assert_eq!(session.selected(), Some(0));
}

#[test]
fn another_patient_is_marked_wherever_it_hangs() {
    let (_folder, mut session) = patients(&DOE_AND_ROE);
    arrange(&mut session, 2, 2);
    for (cell, film) in [(0, 1), (1, 2), (2, 3), (3, 0)] {
        layout(&mut session, LayoutCommand::Show { cell, film });
    }
    let patients: Vec<Option<Relation>> =
        (0..4).map(|cell| session.relations(cell).patient).collect();
    let (other, unknown) = (Relation::OtherPatient, Relation::PatientNotStated);
    assert_eq!(patients, [None, Some(other), Some(unknown), None]);
    layout(&mut session, LayoutCommand::Exchange(0, 1));
    assert_eq!(session.relations(1).patient, Some(other));
    assert_eq!(session.relations(3).patient, Some(other));
    assert!(session.relations(3).prior.is_some());
}

#[test]
fn a_grid_keeps_what_it_was_given_and_selects_what_is_active() {
    let (_folder, mut session) = patients(&DOE_AND_ROE);
    arrange(&mut session, 1, 2);
    assert_eq!(films(&session), [Some(0), None]);
    layout(&mut session, LayoutCommand::Step(1, 0));
    // An empty viewport leaves the selection; the film list shows its film there.
    assert_eq!(
        (session.layout().active(), session.selected()),
        (1, Some(0))
    );
    layout(&mut session, LayoutCommand::ShowHere);
    assert_eq!(films(&session), [Some(0), Some(0)]);
    session.apply(Command::Select(2));
    assert_eq!(films(&session), [Some(0), Some(2)]);
    layout(&mut session, LayoutCommand::Step(-1, 0));
    assert_eq!(session.selected(), Some(0));
    arrange(&mut session, 2, 3);
    assert_eq!(films(&session)[..2], [Some(0), Some(2)]);
    session.apply(Command::Select(1));
    session.apply(Command::Close);
    assert_eq!(films(&session)[1], Some(1), "the films after it moved up");
    layout(&mut session, LayoutCommand::Arrange(Arrangement::Automatic));
    assert_eq!(films(&session).len(), 1);
}

#[test]
fn linked_views_keep_every_point_in_its_place_at_any_zoom() {
    let (_folder, mut session) = patients(&DOE_AND_ROE);
    session.apply(Command::Select(1));
    arrange(&mut session, 2, 2);
    for (cell, film) in [(0, 1), (1, 1), (2, 0), (3, 2)] {
        layout(&mut session, LayoutCommand::Show { cell, film });
    }
    layout(&mut session, LayoutCommand::Activate(0));
    // Films 0, 1 and 2 are 48, 56 and 64 rows high, 64, 80 and 96 columns wide.
    let on = |film: usize, share: f32| {
        let height = 48.0 + 8.0 * film as f32;
        at(
            32.0 + 8.0 * film as f32 + (share - 0.5) * height,
            share * height,
        )
    };
    for zoom in [0.25, 0.5, 1.0, 3.0, 8.0, 64.0] {
        for active in [0, 2] {
            layout(&mut session, LayoutCommand::Activate(active));
            let film = session.layout().active_film().unwrap();
            session.apply(Command::Look(Look::Free {
                center_in_image: on(film, 0.3),
                zoom,
            }));
            for share in [0.0, 0.4, 1.0] {
                let first = (view(&session, 0), on(1, share));
                for (cell, film) in [(1, 1), (2, 0), (3, 2)] {
                    let off = apart(first, (view(&session, cell), on(film, share)));
                    assert!(off < 0.5, "{off} px in viewport {cell} at zoom {zoom}");
                }
            }
        }
    }
}

#[test]
fn unlinking_changes_nothing_and_then_only_its_own_viewport() {
    let (_folder, mut session) = patients(&DOE_AND_ROE);
    session.apply(Command::Select(1));
    arrange(&mut session, 1, 2);
    layout(&mut session, LayoutCommand::Room(FIT, 1.0));
    assert_eq!(films(&session), [Some(1), Some(0)]);
    let views = |session: &Session| [view(session, 0), view(session, 1)];
    let same = |a: [ViewTransform; 2], b: [ViewTransform; 2]| {
        a.iter().zip(&b).all(|(a, b)| {
            [at(0.0, 0.0), at(50.0, 30.0)]
                .into_iter()
                .all(|point| apart((*a, point), (*b, point)) < 0.5)
        })
    };
    for link in [Link::Look, Link::Greys] {
        for active in [0, 1] {
            layout(&mut session, LayoutCommand::Activate(active));
            let before = views(&session);
            layout(&mut session, LayoutCommand::ToggleLink(link));
            assert!(same(views(&session), before), "unlinking moves something");
            layout(&mut session, LayoutCommand::Activate(1 - active));
            assert!(same(views(&session), before));
            layout(&mut session, LayoutCommand::Activate(active));
            layout(&mut session, LayoutCommand::ToggleLink(link));
            assert!(same(views(&session), before));
        }
    }
    layout(&mut session, LayoutCommand::Activate(1));
    layout(&mut session, LayoutCommand::ToggleLink(Link::Look));
    let before = views(&session);
    session.apply(Command::Look(Look::OneToOne));
    assert_eq!(view(&session, 0), before[0]);
    assert_ne!(view(&session, 1), before[1]);
    let own = view(&session, 1);
    layout(&mut session, LayoutCommand::Activate(0));
    session.apply(Command::Look(Look::Free {
        center_in_image: at(3.0, 4.0),
        zoom: 7.0,
    }));
    assert_eq!(view(&session, 1), own);
    // Linked again, it goes along.
    layout(&mut session, LayoutCommand::Activate(1));
    layout(&mut session, LayoutCommand::ToggleLink(Link::Look));
    assert_ne!(view(&session, 1), own);
}

#[test]
fn one_film_is_seen_through_two_windows_and_each_viewport_keeps_its_own() {
    let (_folder, mut session) = patients(&DOE_AND_ROE);
    arrange(&mut session, 1, 2);
    layout(&mut session, LayoutCommand::Show { cell: 1, film: 0 });
    let window = |session: &Session, cell| session.presentation(cell).unwrap().window();
    session.apply(Command::Window(WindowChange::Width(40.0)));
    assert_eq!(window(&session, 0), window(&session, 1));
    layout(&mut session, LayoutCommand::ToggleLink(Link::Greys));
    session.apply(Command::Window(WindowChange::Width(10.0)));
    session.apply(Command::Invert);
    assert_eq!(
        (window(&session, 0).width, window(&session, 1).width),
        (40.0, 10.0)
    );
    layout(&mut session, LayoutCommand::Activate(0));
    assert_eq!(
        (window(&session, 0).width, window(&session, 1).width),
        (40.0, 10.0)
    );
    assert!(!session.presentation(0).unwrap().inverted);
    assert!(session.presentation(1).unwrap().inverted);
    session.apply(Command::Window(WindowChange::Width(70.0)));
    assert_eq!(
        (window(&session, 0).width, window(&session, 1).width),
        (70.0, 10.0)
    );
    layout(&mut session, LayoutCommand::Activate(1));
    layout(&mut session, LayoutCommand::ToggleLink(Link::Greys));
    assert_eq!(window(&session, 1).width, 70.0);
}

#[test]
fn a_linked_window_changes_other_films_by_shares_of_their_own() {
    let (_folder, mut session) = patients(&DOE_AND_ROE);
    session.apply(Command::Select(1));
    arrange(&mut session, 1, 2);
    let window = |session: &Session, cell| session.presentation(cell).unwrap().window();
    let before = [window(&session, 0), window(&session, 1)];
    session.apply(Command::Window(WindowChange::Width(before[0].width / 2.0)));
    assert!((window(&session, 1).width - before[1].width / 2.0).abs() < 1e-3);
    session.apply(Command::Window(WindowChange::Drag {
        wider: 0.1,
        brighter: 0.0,
    }));
    let ratio = |cell: usize| window(&session, cell).width / before[cell].width;
    assert!((ratio(0) - ratio(1)).abs() < 1e-4);
    session.apply(Command::Invert);
    assert!(session.presentation(1).unwrap().inverted);
}

#[test]
fn two_points_lay_a_prior_over_its_film_and_one_moves_it() {
    let (_folder, mut session) = patients(&DOE_AND_ROE);
    session.apply(Command::Select(1));
    arrange(&mut session, 1, 2);
    layout(&mut session, LayoutCommand::Room(FIT, 1.0));
    let before = view(&session, 0);
    let (on_film, on_prior) = (
        [at(10.0, 12.0), at(60.0, 30.0)],
        [at(14.0, 9.0), at(50.0, 33.0)],
    );
    layout(&mut session, LayoutCommand::Align);
    for pair in 0..2 {
        layout(&mut session, LayoutCommand::Landmark(0, on_film[pair]));
        layout(&mut session, LayoutCommand::Landmark(1, on_prior[pair]));
    }
    assert!(session.layout().aligning().is_none() && session.layout().aligned(0));
    assert_eq!(
        view(&session, 0),
        before,
        "the present film stays as it was"
    );
    for zoom in [0.25, 1.0, 8.0] {
        for active in [0, 1] {
            layout(&mut session, LayoutCommand::Activate(active));
            session.apply(Command::Look(Look::Free {
                center_in_image: [on_film[0], on_prior[1]][active],
                zoom,
            }));
            for pair in 0..2 {
                let off = apart(
                    (view(&session, 0), on_film[pair]),
                    (view(&session, 1), on_prior[pair]),
                );
                assert!(off < 0.5, "{off} px at zoom {zoom}");
            }
        }
    }
    assert_eq!(view(&session, 0).turn_rad, 0.0);
    assert!(view(&session, 1).turn_rad.abs() > 0.01);
    layout(&mut session, LayoutCommand::ResetAlignment);
    assert_eq!(view(&session, 1).turn_rad, 0.0);
    // One pair: only a shift. Wrong films and too many points are not taken.
    layout(&mut session, LayoutCommand::Align);
    layout(&mut session, LayoutCommand::Landmark(1, on_prior[0]));
    layout(&mut session, LayoutCommand::Landmark(1, on_prior[1]));
    layout(&mut session, LayoutCommand::Landmark(0, on_film[0]));
    layout(&mut session, LayoutCommand::ShiftOnly);
    let off = apart(
        (view(&session, 0), on_film[0]),
        (view(&session, 1), on_prior[0]),
    );
    assert!(off < 0.5 && view(&session, 1).turn_rad == 0.0, "{off}");
}

#[test]
fn points_on_top_of_each_other_align_nothing_and_say_so() {
    let (_folder, mut session) = patients(&DOE_AND_ROE);
    session.apply(Command::Select(1));
    layout(&mut session, LayoutCommand::Align);
    for cell in [0, 1, 0, 1] {
        layout(&mut session, LayoutCommand::Landmark(cell, at(20.0, 20.0)));
    }
    assert!(!session.layout().aligned(0));
    assert!(session.notices()[0].message.contains("too near"));
}

#[test]
fn comparisons_are_given_to_the_active_viewport_of_a_grid() {
    let (_folder, mut session) = analyzed();
    arrange(&mut session, 2, 2);
    let roles = |session: &Session| -> Vec<Role> {
        let cells = session.layout().cells();
        cells.iter().map(|cell| cell.role.clone()).collect()
    };
    assert_eq!(
        roles(&session)[..3],
        [Role::Original, Role::Counterpart, Role::Map]
    );
    layout(&mut session, LayoutCommand::Activate(1));
    session.apply(Command::Compare(Compare::Mixed(Mix::Blink(60.0))));
    assert_eq!(roles(&session)[1], Role::Mixed(Mix::Blink(3.0)));
    assert_eq!(session.blinking(), Some(3.0));
    session.apply(Command::Compare(Compare::Agreement));
    assert!(session.consensus().is_some());
    session.apply(Command::Compare(Compare::SideBySide));
    assert_eq!(roles(&session)[1], Role::Original);
    assert!(session.consensus().is_none() && session.blinking().is_none());
    assert_eq!(session.compare(), Compare::SideBySide);
}

#[test]
fn the_automatic_arrangement_follows_results_and_lets_go_of_them() {
    let (_folder, mut session) = analyzed();
    let count = |session: &Session| session.layout().cells().len();
    assert_eq!(count(&session), 3);
    session.apply(Command::Compare(Compare::Mixed(Mix::Lens(Lens::FIRST))));
    assert_eq!(count(&session), 2);
    let center = at(f32::NAN, 7.0);
    let role = Role::Mixed(Mix::Lens(Lens {
        center,
        radius: 9.0,
    }));
    layout(&mut session, LayoutCommand::Role(0, role));
    let Compare::Mixed(Mix::Lens(lens)) = session.compare() else {
        panic!("the lens of the automatic arrangement is moved, not pinned to a grid");
    };
    assert_eq!((lens.center, lens.radius), (at(0.0, 1.0), 0.5));
    session.apply(Command::Toggle(Mark::Results));
    assert_eq!(count(&session), 1);
}

#[test]
fn films_in_viewports_stay_open() {
    let (_folder, mut session) = patients(&[("", "20200101"); 7]);
    arrange(&mut session, 1, 2);
    layout(&mut session, LayoutCommand::Show { cell: 1, film: 6 });
    session.readings[6].state = crate::session::FilmState::Listed;
    session.settle();
    poll_until(&mut session, |session| session.view(1, FIT, 1.0).is_some());
}

/// Aligns the prior in viewport 1 by two points that turn, scale and shift it.
fn aligned(session: &mut Session) {
    layout(session, LayoutCommand::Room(FIT, 1.0));
    layout(session, LayoutCommand::Align);
    for (cell, point) in [
        (0, at(20.0, 20.0)),
        (1, at(60.0, 20.0)),
        (0, at(40.0, 60.0)),
        (1, at(70.0, 50.0)),
    ] {
        layout(session, LayoutCommand::Landmark(cell, point));
    }
    assert!(session.layout().aligning().is_none());
}

#[test]
fn fit_shows_an_aligned_prior_whole_and_is_said_of_nothing_that_is_not() {
    let (_folder, mut session) = patients(&DOE_AND_ROE);
    session.apply(Command::Select(1));
    aligned(&mut session);
    for look in [Look::Fit, Look::OneToOne, Look::Fit] {
        session.apply(Command::Look(look));
        for cell in 0..2 {
            let film = session.layout().cells()[cell].film.unwrap();
            let raster = &session.readings()[film].open_film().unwrap().layer.raster;
            let view = view(&session, cell);
            let corners = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)];
            let whole = corners.into_iter().all(|(x, y)| {
                let corner = at(x * raster.width() as f32, y * raster.height() as f32);
                let (dx, dy) = view.screen_from_image(corner);
                dx.abs() < FIT[0] / 2.0 + 0.5 && dy.abs() < FIT[1] / 2.0 + 0.5
            });
            assert_eq!(session.shows(cell, Look::Fit), look == Look::Fit);
            assert!(whole || look != Look::Fit, "viewport {cell}");
        }
    }
    // The film is asked to fit already; that the other led meanwhile must not keep it from that.
    let (dx, zoom) = (30.0, view(&session, 0).zoom);
    session.apply(Command::Look(Look::Free {
        center_in_image: at(dx, dx),
        zoom: 2.0 * zoom,
    }));
    layout(&mut session, LayoutCommand::Activate(1));
    assert!(!session.shows(1, Look::Fit));
    session.apply(Command::Look(Look::Fit));
    assert!(session.shows(0, Look::Fit) && session.shows(1, Look::Fit));
}

#[test]
fn an_aligned_film_says_so_as_long_as_it_is_and_its_zoom_is_its_own() {
    let (_folder, mut session) = patients(&DOE_AND_ROE);
    session.apply(Command::Select(1));
    aligned(&mut session);
    let turned = |session: &Session| session.relations(1).aligned.unwrap_or_default();
    assert!(turned(&session).starts_with("ALIGNED, turned by "));
    assert_eq!(session.relations(0).aligned, None);
    let (film, prior) = (view(&session, 0), view(&session, 1));
    assert!((film.zoom / prior.zoom - 1.0).abs() > 0.1, "it is scaled");
    for command in [
        Command::Invert,
        Command::Toggle(Mark::Words),
        Command::Look(Look::OneToOne),
        Command::Layout(LayoutCommand::Activate(1)),
    ] {
        session.apply(command);
        assert!(!turned(&session).is_empty());
    }
    layout(&mut session, LayoutCommand::ResetAlignment);
    assert!(turned(&session).is_empty());
}

#[test]
fn a_link_says_whom_it_joins_until_the_next_command() {
    let (_folder, mut session) = patients(&DOE_AND_ROE);
    session.apply(Command::Select(1));
    arrange(&mut session, 2, 4);
    layout(&mut session, LayoutCommand::Room(FIT, 1.0));
    let said = |session: &Session| {
        let linking = session.layout().linking().unwrap();
        (linking.cell, linking.linked, linking.others.clone())
    };
    assert_eq!(films(&session)[..3], [Some(1), Some(0), None]);
    layout(&mut session, LayoutCommand::ToggleLink(Link::Look));
    assert_eq!(said(&session), (0, Some(false), vec![1]));
    layout(&mut session, LayoutCommand::ToggleLink(Link::Look));
    assert_eq!(said(&session), (0, Some(true), vec![1]));
    layout(&mut session, LayoutCommand::Room(FIT, 1.5));
    assert!(session.layout().linking().is_some(), "nobody did that");
    layout(&mut session, LayoutCommand::Activate(5));
    assert_eq!(session.layout().linking(), None);
    layout(&mut session, LayoutCommand::ToggleLink(Link::Greys));
    assert_eq!(said(&session), (5, None, vec![0, 1]));
}

#[test]
fn what_is_unlinked_right_after_a_change_of_the_grid_has_the_size_of_the_new_viewports() {
    const SMALL: [f32; 2] = [140.0, 130.0];
    let (_folder, mut session) = patients(&DOE_AND_ROE);
    session.apply(Command::Select(1));
    arrange(&mut session, 1, 2);
    layout(&mut session, LayoutCommand::Room(FIT, 1.0));
    let linked = |session: &Session| session.layout().cells()[0].linked(Link::Look);
    // No frame has been drawn yet in which the viewports are smaller.
    arrange(&mut session, 2, 4);
    assert_eq!(session.layout().room(), None);
    layout(&mut session, LayoutCommand::ToggleLink(Link::Look));
    let before = session.view(0, SMALL, 1.0).unwrap();
    layout(&mut session, LayoutCommand::Room(SMALL, 1.0));
    assert!(!linked(&session));
    assert!(session.layout().linking().is_some());
    let after = session.view(0, SMALL, 1.0).unwrap();
    let shift = apart((before, at(50.0, 30.0)), (after, at(50.0, 30.0)));
    assert!(shift < 0.5, "{shift} points");
    // Twice is not at all, and another size alone unlinks nothing.
    layout(&mut session, LayoutCommand::ToggleLink(Link::Look));
    arrange(&mut session, 2, 2);
    layout(&mut session, LayoutCommand::ToggleLink(Link::Look));
    layout(&mut session, LayoutCommand::ToggleLink(Link::Look));
    layout(&mut session, LayoutCommand::Room(FIT, 1.0));
    assert!(linked(&session));
    // In the automatic arrangement the active film decides how viewports lie: a click on a switch of
    // the other one activates that first.
    layout(&mut session, LayoutCommand::Arrange(Arrangement::Automatic));
    layout(&mut session, LayoutCommand::Room(FIT, 1.0));
    layout(&mut session, LayoutCommand::Activate(1));
    layout(&mut session, LayoutCommand::ToggleLink(Link::Look));
    layout(&mut session, LayoutCommand::Room(FIT, 1.0));
    assert!(!session.layout().cells()[1].linked(Link::Look));
}

#[test]
fn a_grid_is_hung_about_the_current_film_while_its_prior_is_looked_at() {
    let (_folder, mut session) = patients(&DOE_AND_ROE);
    session.apply(Command::Select(1));
    assert_eq!(films(&session), [Some(1), Some(0)]);
    layout(&mut session, LayoutCommand::Activate(1));
    for (rows, columns) in [(2, 2), (2, 4), (1, 2)] {
        arrange(&mut session, rows, columns);
        assert_eq!(films(&session)[..2], [Some(1), Some(0)]);
        assert_eq!(session.layout().active(), 1);
        assert_eq!(session.selected(), Some(0));
    }
    layout(&mut session, LayoutCommand::Arrange(Arrangement::Automatic));
    assert_eq!(films(&session), [Some(1), Some(0)]);
    layout(&mut session, LayoutCommand::Activate(1));
    // One viewport is for what is looked at.
    arrange(&mut session, 1, 1);
    assert_eq!(films(&session), [Some(0)]);
}

#[test]
fn a_grid_chosen_before_there_is_a_result_takes_it_into_its_free_viewports() {
    let roles = |session: &Session| -> Vec<(Option<usize>, Role)> {
        let cells = session.layout().cells().iter();
        cells.map(|cell| (cell.film, cell.role.clone())).collect()
    };
    let film = (Some(0), Role::Original);
    let free = (None, Role::Original);
    for changed in [false, true] {
        let (_folder, mut session) = session_with_film();
        arrange(&mut session, 2, 2);
        if changed {
            layout(&mut session, LayoutCommand::Activate(3));
            layout(&mut session, LayoutCommand::ShowHere);
        }
        session.apply(Command::Analyze);
        poll_until(&mut session, |session| session.cut().is_some());
        let expected = match changed {
            false => [
                film.clone(),
                (Some(0), Role::Counterpart),
                (Some(0), Role::Map),
                free.clone(),
            ],
            true => [film.clone(), free.clone(), free.clone(), film.clone()],
        };
        assert_eq!(roles(&session), expected, "changed by hand: {changed}");
    }
}
