"""Says as JSON what highdicom reads in a Segmentation and a TID 1500 report: SEG SR FILM_UID."""

import json
import sys

import highdicom as hd

segmentation = hd.seg.segread(sys.argv[1])
masks = segmentation.get_pixels_by_source_instance([sys.argv[3]])[0]
content = hd.sr.srread(sys.argv[2]).content


def numbers(group):
    return {measured.name.meaning: measured.value for measured in group.get_measurements()}


planar = content.get_planar_roi_measurement_groups()
whole = content.get_image_measurement_groups()
json.dump(
    {
        "labels": [segment.segment_label for segment in segmentation.SegmentSequence],
        # The column and row of every pixel that is set, a segment each.
        "pixels": [
            [[int(x), int(y)] for y, x in zip(*masks[..., index].nonzero())]
            for index in range(masks.shape[-1])
        ],
        "shapes": {
            group.tracking_identifier: [list(map(float, point)) for point in group.roi.value]
            for group in planar
        },
        "numbers": {
            group.tracking_identifier: numbers(group) for group in [*planar, *whole]
        },
    },
    sys.stdout,
)
