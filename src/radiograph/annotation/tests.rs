use super::*;
use crate::radiograph::{
    Film, Graphics, Identity, PixelPoint, PixelRect, PixelSpacing, Polarity, Radiograph, Raster,
    Source, SpacingPlane,
};

fn at(x: f32, y: f32) -> PixelPoint {
    PixelPoint { x, y }
}

/// A film of 40 × 30 pixels whose sample is 100·row + column.
fn radiograph() -> Radiograph {
    let samples = (0..30 * 40).map(|index| (index / 40 * 100 + index % 40) as f32);
    let raster = Raster::new(40, 30, samples.collect::<Vec<f32>>()).unwrap();
    Radiograph::new(raster, Vec::new(), Polarity::Identity).unwrap()
}

fn spaced(row_mm: f32, column_mm: f32, plane: SpacingPlane) -> Radiograph {
    radiograph().with_spacing(PixelSpacing::checked(row_mm, column_mm, plane, "test"))
}

fn value(shape: &Shape, radiograph: &Radiograph, kind: QuantityKind) -> f64 {
    shape.measure(radiograph, "").value(kind).unwrap().value
}

fn close(found: f64, wanted: f64) {
    assert!(
        (found - wanted).abs() <= 1e-5 * wanted.abs().max(1.0),
        "{found} is not {wanted}"
    );
}

#[test]
fn a_length_honours_the_spacing_of_rows_and_of_columns() {
    let line = Shape::Length([at(2.0, 3.0), at(5.0, 7.0)]);
    // 3 columns and 4 rows: 5 px; 3·0.2 and 4·0.5 mm.
    close(value(&line, &radiograph(), QuantityKind::Length), 5.0);
    let film = spaced(0.5, 0.2, SpacingPlane::Detector);
    close(
        value(&line, &film, QuantityKind::Length),
        (0.36_f64 + 4.0).sqrt(),
    );
    let text = line.measure(&film, "").text();
    assert_eq!(text, "2.1 mm (at detector)");
    assert_eq!(line.measure(&radiograph(), "").text(), "5.0 px");
}

#[test]
fn every_plane_is_named_beside_a_length() {
    let line = Shape::Length([at(0.0, 0.0), at(10.0, 0.0)]);
    for (plane, text) in [
        (SpacingPlane::Calibrated, "2.0 mm (calibrated)"),
        (SpacingPlane::Detector, "2.0 mm (at detector)"),
        (SpacingPlane::Reader, "2.0 mm (set by the reader)"),
        (SpacingPlane::Unknown, "2.0 mm (plane not stated)"),
    ] {
        let film = spaced(0.2, 0.2, plane);
        assert_eq!(line.measure(&film, "").text(), text);
    }
}

#[test]
fn an_angle_is_that_of_the_patient_and_not_of_the_pixels() {
    let corner = Shape::Angle([at(10.0, 0.0), at(0.0, 0.0), at(0.0, 10.0)]);
    close(value(&corner, &radiograph(), QuantityKind::Angle), 90.0);
    // (10, 10) px are (2, 5) mm: atan(5 / 2) above the row.
    let slant = Shape::Angle([at(10.0, 0.0), at(0.0, 0.0), at(10.0, 10.0)]);
    let film = spaced(0.5, 0.2, SpacingPlane::Detector);
    close(
        value(&slant, &film, QuantityKind::Angle),
        (2.5_f64).atan().to_degrees(),
    );
    assert_eq!(slant.measure(&radiograph(), "").text(), "45.0°");
    let straight = Shape::Angle([at(0.0, 0.0), at(5.0, 0.0), at(9.0, 0.0)]);
    close(value(&straight, &radiograph(), QuantityKind::Angle), 180.0);
}

#[test]
fn a_cobb_angle_does_not_care_which_end_was_drawn_first() {
    // Slopes of +30° and −20°.
    let along = |degrees: f32| {
        let (sin, cos) = degrees.to_radians().sin_cos();
        (at(0.0, 0.0), at(10.0 * cos, 10.0 * sin))
    };
    let ((a, b), (c, d)) = (along(30.0), along(-20.0));
    for points in [[a, b, c, d], [b, a, c, d], [a, b, d, c], [c, d, b, a]] {
        let angle = Shape::CobbAngle(points);
        close(value(&angle, &radiograph(), QuantityKind::CobbAngle), 50.0);
    }
    let ((a, b), (c, d)) = (along(60.0), along(-50.0));
    let severe = Shape::CobbAngle([a, b, c, d]);
    close(
        value(&severe, &radiograph(), QuantityKind::CobbAngle),
        110.0,
    );
}

#[test]
fn a_rectangle_counts_the_pixels_whose_centre_it_holds() {
    // Columns 2 and 3, rows 1 and 2: samples 102, 103, 202, 203.
    let rect = Shape::Rectangle(PixelRect::new(1.6, 0.9, 2.2, 1.9));
    let found = rect.measure(&radiograph(), "HU");
    assert_eq!(found.samples, Some(4));
    let of = |kind| found.value(kind).unwrap().value;
    close(of(QuantityKind::Mean), 152.5);
    // Variance: 50² of the rows and 0.5² of the columns.
    close(of(QuantityKind::StandardDeviation), 2500.25_f64.sqrt());
    close(of(QuantityKind::Minimum), 102.0);
    close(of(QuantityKind::Maximum), 203.0);
    close(of(QuantityKind::Area), 2.2 * 1.9);
    assert_eq!(
        found.text(),
        "4 px² · mean 152.5 · SD 50.0 HU · min 102 · max 203 HU"
    );
    let film = spaced(0.5, 0.2, SpacingPlane::Calibrated);
    let area = rect.measure(&film, "").value(QuantityKind::Area).cloned();
    let area = area.unwrap();
    close(area.value, 2.2 * 1.9 * 0.1 / 100.0);
    assert_eq!(area.unit, "cm² (calibrated)");
}

#[test]
fn padding_and_what_lies_beyond_the_film_are_not_counted() {
    let film = radiograph().with_padding((0.0, 1.0));
    let corner = Shape::Rectangle(PixelRect::new(-5.0, -5.0, 8.0, 6.0));
    let found = corner.measure(&film, "");
    // Row 0: columns 0 and 1 are padding, 2 stays.
    assert_eq!(found.samples, Some(1));
    close(found.value(QuantityKind::Mean).unwrap().value, 2.0);
    let beyond = Shape::Ellipse(PixelRect::new(100.0, 100.0, 9.0, 9.0));
    let found = beyond.measure(&film, "");
    assert_eq!(found.samples, Some(0));
    assert!(found.value(QuantityKind::Mean).is_none());
    assert!(found.text().ends_with("no sample inside"));
}

#[test]
fn an_ellipse_measures_its_own_inside() {
    let ellipse = Shape::Ellipse(PixelRect::new(5.0, 5.0, 20.0, 10.0));
    let found = ellipse.measure(&radiograph(), "");
    let area = found.value(QuantityKind::Area).unwrap().value;
    close(area, std::f64::consts::PI * 10.0 * 5.0);
    let counted = found.samples.unwrap() as f64;
    assert!((counted - area).abs() < 8.0, "{counted} of {area}");
    // By symmetry the mean is the value at its centre, (15, 10), between pixels 14 and 9.
    close(found.value(QuantityKind::Mean).unwrap().value, 950.0 + 14.5);
}

#[test]
fn a_line_by_hand_encloses_its_polygon() {
    // A right triangle with legs of 10 and 8.
    let triangle = Shape::Freehand(vec![at(1.0, 1.0), at(11.0, 1.0), at(1.0, 9.0)]);
    close(value(&triangle, &radiograph(), QuantityKind::Area), 40.0);
    let square = Shape::Freehand(PixelRect::new(2.0, 1.0, 2.0, 2.0).corners().to_vec());
    let found = square.measure(&radiograph(), "");
    assert_eq!(found.samples, Some(4));
    close(found.value(QuantityKind::Mean).unwrap().value, 152.5);
    // An eight of two triangles with 25 px each: neither cancels the other.
    let eight = Shape::Freehand(vec![
        at(0.0, 0.0),
        at(10.0, 10.0),
        at(10.0, 0.0),
        at(0.0, 10.0),
    ]);
    let area = value(&eight, &radiograph(), QuantityKind::Area);
    assert!((area - 50.0).abs() <= 5.0, "{area}");
}

#[test]
fn the_cardiothoracic_ratio_survives_a_turned_film() {
    for degrees in [0.0_f32, 7.0, -12.0] {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let turned = |x: f32, y: f32| at(20.0 + x * cos - y * sin, 15.0 + x * sin + y * cos);
        // The heart spans 4 right to 9 left of the midline, at different heights; the thorax 26.
        let ratio = Shape::CardiothoracicRatio {
            heart_right: turned(-4.0, 1.0),
            heart_left: turned(9.0, 5.0),
            thorax_right: turned(-13.0, 8.0),
            thorax_left: turned(13.0, 8.0),
        };
        close(
            value(&ratio, &radiograph(), QuantityKind::CardiothoracicRatio),
            0.5,
        );
        let text = ratio.measure(&radiograph(), "").text();
        assert_eq!(text, "CTR 0.50 · heart 13.0 · thorax 26.0 px");
    }
}

#[test]
fn a_pixel_value_is_the_sample_under_the_point() {
    let point = Shape::Point(at(7.9, 3.2));
    assert_eq!(point.measure(&radiograph(), "HU").text(), "307 HU");
    assert!(
        Shape::Point(at(-0.1, 3.0))
            .measure(&radiograph(), "")
            .quantities
            .is_empty()
    );
}

#[test]
fn the_unit_of_the_film_stands_beside_its_statistics() {
    let mut film = Film {
        radiograph: radiograph().into(),
        source: Source::default(),
        identity: Identity::default(),
        pipeline: Default::default(),
        graphics: Graphics::default(),
    };
    let mark = Annotation {
        id: AnnotationId(4),
        shape: Shape::Point(at(1.5, 0.5)),
        label: String::new(),
        source: AnnotationSource::Reader,
        words_apart: None,
    };
    assert_eq!(mark.measure(&film).text(), "1");
    let mut pipeline = (*film.pipeline).clone();
    pipeline.modality.unit = Some("OD".to_owned());
    film.pipeline = pipeline.into();
    assert_eq!(mark.measure(&film).text(), "1 OD");
    assert_eq!(mark.name(), "Pixel value 4");
}

#[test]
fn a_known_length_gives_the_spacing_and_keeps_the_shape_of_pixels() {
    let film = spaced(0.5, 0.25, SpacingPlane::Detector);
    let line = [at(3.0, 4.0), at(3.0, 14.0)];
    let spacing = scale_of_known_length(&film, line, 20.0).unwrap();
    assert_eq!((spacing.row_mm, spacing.column_mm), (2.0, 1.0));
    assert_eq!(spacing.plane, SpacingPlane::Reader);
    let film = film.with_spacing(Some(spacing));
    assert_eq!(
        Shape::Length(line).measure(&film, "").text(),
        "20.0 mm (set by the reader)"
    );
    for (line, length_mm) in [
        ([at(1.0, 1.0); 2], 10.0),
        (line, 0.0),
        (line, -3.0),
        (line, f32::NAN),
    ] {
        assert!(scale_of_known_length(&film, line, length_mm).is_none());
    }
}

fn one_of_each() -> Vec<Shape> {
    let points = [at(3.0, 4.0), at(20.0, 9.0), at(8.0, 25.0), at(30.0, 17.0)];
    [
        (ShapeKind::Length, 2),
        (ShapeKind::Angle, 3),
        (ShapeKind::CobbAngle, 4),
        (ShapeKind::Rectangle, 2),
        (ShapeKind::Ellipse, 2),
        (ShapeKind::Freehand, 4),
        (ShapeKind::Arrow, 2),
        (ShapeKind::Text, 1),
        (ShapeKind::Point, 1),
        (ShapeKind::CardiothoracicRatio, 4),
    ]
    .map(|(kind, count)| Shape::from_points(kind, &points[..count]).unwrap())
    .to_vec()
}

#[test]
fn a_moved_mark_is_the_same_mark_elsewhere() {
    for shape in one_of_each() {
        let moved = shape.moved(2.5, -1.5);
        assert_eq!(moved.kind(), shape.kind());
        for (before, after) in shape.points().iter().zip(moved.points()) {
            assert_eq!((after.x, after.y), (before.x + 2.5, before.y - 1.5));
        }
        assert_eq!(moved.moved(-2.5, 1.5), shape);
        assert!(shape.is_sound());
    }
}

#[test]
fn a_handle_goes_where_it_is_put_and_the_opposite_stays() {
    for shape in one_of_each() {
        for (index, handle) in shape.handles().iter().enumerate() {
            let to = at(handle.x + 1.0, handle.y + 2.0);
            let edited = shape.with_handle(index, to);
            assert_eq!(edited.kind(), shape.kind());
            assert_ne!(edited, shape, "handle {index} of {:?}", shape.kind());
        }
        assert_eq!(shape.with_handle(99, at(0.0, 0.0)), shape);
    }
    let rect = Shape::Rectangle(PixelRect::new(2.0, 3.0, 10.0, 6.0));
    // The right bottom corner dragged beyond the opposite one.
    let turned = rect.with_handle(2, at(0.0, 1.0));
    assert_eq!(turned, Shape::Rectangle(PixelRect::new(0.0, 1.0, 2.0, 2.0)));
    let ellipse = Shape::Ellipse(PixelRect::new(2.0, 3.0, 10.0, 6.0));
    let wider = ellipse.with_handle(1, at(20.0, 99.0));
    assert_eq!(wider, Shape::Ellipse(PixelRect::new(2.0, 3.0, 18.0, 6.0)));
}

#[test]
fn a_mark_is_hit_on_its_lines_and_not_inside() {
    let rect = Shape::Rectangle(PixelRect::new(10.0, 10.0, 20.0, 10.0));
    assert_eq!(rect.distance(at(20.0, 12.0), 1.0), 2.0);
    assert_eq!(rect.distance(at(20.0, 7.0), 1.0), 3.0);
    // Rows twice as high as columns are wide.
    assert_eq!(rect.distance(at(20.0, 7.0), 2.0), 6.0);
    assert_eq!(rect.handle_at(at(29.0, 21.0), 2.0, 1.0), Some(2));
    assert_eq!(rect.handle_at(at(20.0, 15.0), 2.0, 1.0), None);
    let text = Shape::Text(at(5.0, 5.0));
    assert_eq!(text.distance(at(8.0, 9.0), 1.0), 5.0);
    for shape in one_of_each() {
        for point in shape.handles() {
            assert!(shape.distance(point, 1.0) < 1e-4, "{:?}", shape.kind());
        }
    }
}

#[test]
fn an_ellipse_is_drawn_where_it_is_measured() {
    let rect = PixelRect::new(100.0, 50.0, 3000.0, 2000.0);
    let stroke = Shape::Ellipse(rect).strokes().remove(0);
    let center = rect.center();
    for (a, b) in stroke.segments() {
        let (x, y) = ((a.x + b.x) / 2.0 - center.x, (a.y + b.y) / 2.0 - center.y);
        let radius = (x / 1500.0).hypot(y / 1000.0);
        // Half a pixel of 1,500.
        assert!((1.0 - radius) * 1500.0 < 0.5, "{radius}");
    }
}

#[test]
fn marks_are_read_as_they_were_written() {
    for (number, shape) in one_of_each().into_iter().enumerate() {
        let mark = Annotation {
            id: AnnotationId(number as u32),
            shape,
            label: "Knoten, 결절".to_owned(),
            source: AnnotationSource::Reader,
            words_apart: None,
        };
        let text = serde_json::to_string(&mark).unwrap();
        assert_eq!(serde_json::from_str::<Annotation>(&text).unwrap(), mark);
    }
}

#[test]
fn shapes_that_lie_on_no_film_are_not_sound() {
    for shape in [
        Shape::Text(at(f32::NAN, 1.0)),
        Shape::Length([at(0.0, 0.0), at(1e9, 0.0)]),
        Shape::Rectangle(PixelRect::new(1.0, 1.0, -4.0, 2.0)),
        Shape::Freehand(vec![at(1.0, 1.0)]),
    ] {
        assert!(!shape.is_sound(), "{shape:?}");
    }
}

#[test]
fn statistics_are_those_of_a_plain_sum_whatever_the_size() {
    // Values far from 0 with a small spread, beside padding and no numbers.
    let samples: Vec<f32> = (0..97 * 53)
        .map(|index| match index % 11 {
            3 => -5.0,
            7 => f32::NAN,
            rest => 60_000.0 + (index % 13) as f32 + rest as f32 / 8.0,
        })
        .collect();
    let raster = Raster::new(97, 53, samples.clone()).unwrap();
    let film = Radiograph::new(raster, Vec::new(), Polarity::Identity).unwrap();
    let film = film.with_padding((-5.0, -5.0));
    let all = Shape::Rectangle(PixelRect::of_image(97, 53));
    let found = all.measure(&film, "");
    let counted = samples.iter().filter(|sample| **sample > 0.0);
    let counted: Vec<f64> = counted.map(|sample| f64::from(*sample)).collect();
    let mean = counted.iter().sum::<f64>() / counted.len() as f64;
    let variance = counted
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum::<f64>();
    let deviation = (variance / counted.len() as f64).sqrt();
    assert_eq!(found.samples, Some(counted.len()));
    let of = |kind| found.value(kind).unwrap().value;
    assert!((of(QuantityKind::Mean) - mean).abs() < 1e-6);
    assert!((of(QuantityKind::StandardDeviation) - deviation).abs() < 1e-6);
    let least = counted.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = counted.iter().copied().fold(0.0, f64::max);
    assert_eq!(of(QuantityKind::Minimum), least);
    assert_eq!(of(QuantityKind::Maximum), greatest);
}
