//! What is read from checkpoints, and what hostile ones come to.

use silhouette::ErrorKind;
use silhouette::models::import::Checkpoint;

use crate::checkpoints::{Py, View, archive, legacy, zip};

fn named(value: Py) -> Py {
    Py::dict([("x".to_owned(), value)])
}

fn view(class: &'static str, numbers: Vec<u8>, (dims, strides): ([i64; 2], [i64; 2])) -> Py {
    let width = match class {
        "DoubleStorage" => 8,
        "FloatStorage" => 4,
        _ => 2,
    };
    Py::Tensor(View {
        class,
        count: (numbers.len() / width) as i64,
        numbers,
        offset: 0,
        dims: dims.to_vec(),
        strides: strides.to_vec(),
    })
}

fn samples(bytes: Vec<u8>, name: &str) -> Vec<f32> {
    let tensor = Checkpoint::parse(bytes).unwrap().tensor(name).unwrap();
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

fn refusal(bytes: Vec<u8>) -> silhouette::Error {
    match Checkpoint::parse(bytes) {
        Ok(_) => panic!("the checkpoint was read"),
        Err(error) => error,
    }
}

/// Numbers 0 … 5 in a kind.
fn six<const N: usize>(bytes: impl Fn(f32) -> [u8; N]) -> Vec<u8> {
    (0..6).flat_map(|x| bytes(x as f32)).collect()
}

#[test]
fn every_kind_of_number_is_read() {
    let rows = ([2, 3], [3, 1]);
    let kinds = [
        view("FloatStorage", six(f32::to_le_bytes), rows),
        view("DoubleStorage", six(|x| f64::from(x).to_le_bytes()), rows),
        view(
            "HalfStorage",
            six(|x| half::f16::from_f32(x).to_le_bytes()),
            rows,
        ),
        view(
            "BFloat16Storage",
            six(|x| half::bf16::from_f32(x).to_le_bytes()),
            rows,
        ),
    ];
    for kind in kinds {
        let checkpoint = named(kind);
        for bytes in [archive(&checkpoint), legacy(&checkpoint)] {
            assert_eq!(samples(bytes, "x"), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        }
    }
}

#[test]
fn a_transposed_view_is_read_in_its_own_order() {
    let columns = view("FloatStorage", six(f32::to_le_bytes), ([3, 2], [1, 3]));
    let found = samples(archive(&named(columns)), "x");
    assert_eq!(found, [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
}

#[test]
fn tensors_are_found_in_dictionaries_lists_parameters_and_modules() {
    let parameter = |value: Py| {
        Py::Call(
            "torch._utils",
            "_rebuild_parameter",
            vec![value, Py::Raw(b"\x88".to_vec()), Py::Raw(b")".to_vec())],
        )
    };
    let module = |kept: [(&str, Py); 2]| {
        let kept = kept.map(|(name, value)| (name.to_owned(), value));
        Py::Instance(Box::new(Py::dict(kept)))
    };
    let convolution = module([
        ("_parameters", Py::state(&[("weight", &[1])])),
        ("_buffers", Py::state(&[("mean", &[1])])),
    ]);
    let whole = module([
        ("training", Py::Number(1)),
        ("_modules", Py::dict([("conv".to_owned(), convolution)])),
    ]);
    let checkpoint = Py::dict([
        (
            "nets".to_owned(),
            Py::List(vec![Py::Number(3), Py::state(&[("w", &[1])])]),
        ),
        ("p".to_owned(), parameter(Py::zeros(&[2, 2]))),
        ("epoch".to_owned(), Py::Number(7)),
        ("model".to_owned(), whole),
    ]);
    for bytes in [archive(&checkpoint), legacy(&checkpoint)] {
        let checkpoint = Checkpoint::parse(bytes).unwrap();
        let names: Vec<&str> = checkpoint.names().collect();
        assert_eq!(
            names,
            ["model.conv.mean", "model.conv.weight", "nets.1.w", "p"]
        );
        assert!(checkpoint.unread.contains("models.net.Net"));
        assert_eq!(checkpoint.dims("p"), Some(&[2, 2][..]));
    }
}

#[test]
fn a_pickle_that_would_reach_the_system_is_refused_by_name() {
    let call = |module, name| Py::Call(module, name, vec![Py::text("touch /tmp/never")]);
    for (module, name) in [
        ("os", "system"),
        ("posix", "system"),
        ("subprocess", "Popen"),
        ("builtins", "eval"),
        ("__builtin__", "getattr"),
        ("importlib", "import_module"),
    ] {
        let checkpoint = Py::dict([
            ("x".to_owned(), Py::zeros(&[2])),
            ("y".to_owned(), call(module, name)),
        ]);
        for bytes in [archive(&checkpoint), legacy(&checkpoint)] {
            let error = refusal(bytes);
            assert!(
                error.message.contains(&format!("{module}.{name}")),
                "{error}"
            );
            assert!(error.message.contains("nothing was run"), "{error}");
        }
    }
    // The same with the name put together on the stack.
    let code = b"\x8c\x02os\x8c\x06system\x93\x8c\x02id\x85R".to_vec();
    assert!(
        refusal(archive(&Py::Raw(code)))
            .message
            .contains("os.system")
    );
}

#[test]
fn unknown_classes_are_named_and_left_empty() {
    let checkpoint = Py::dict([
        ("x".to_owned(), Py::zeros(&[2])),
        (
            "args".to_owned(),
            Py::Call("argparse", "Namespace", Vec::new()),
        ),
    ]);
    let checkpoint = Checkpoint::parse(archive(&checkpoint)).unwrap();
    assert!(checkpoint.unread.contains("argparse.Namespace"));
}

#[test]
fn other_files_are_told_apart() {
    let mut tar = vec![0; 512];
    tar[257..262].copy_from_slice(b"ustar");
    let files: [(&[u8], &str); 7] = [
        (b"", "empty"),
        (b"\x89HDF\r\n", "HDF5"),
        (&tar, "tar archive"),
        (b"\x80\x02}.", "plain Python pickle"),
        (b"hello, world", "neither"),
        (b"PK\x03\x04 and no more", "cut off"),
        (b"\xff\x00\x00\x00\x00\x00\x00\x00{", "neither"),
    ];
    for (bytes, expected) in files {
        let error = refusal(bytes.to_vec());
        assert!(error.message.contains(expected), "{error}");
    }
    let other = zip(&[("word/document.xml".to_owned(), vec![1])], 0);
    assert!(refusal(other).message.contains("data.pkl"));
    let squeezed = zip(&[("model/data.pkl".to_owned(), vec![1])], 8);
    assert!(refusal(squeezed).message.contains("compressed"));
    assert!(
        refusal(archive(&Py::state(&[])))
            .message
            .contains("no tensors")
    );
}

#[test]
fn claims_that_the_file_does_not_keep_are_refused() {
    let honest = View::row_major(&[0.0; 6], &[2, 3]);
    let lies: [fn(&mut View); 9] = [
        |view| view.count = 1 << 40,
        |view| view.count = -1,
        |view| view.offset = 1,
        |view| view.offset = i64::MAX,
        |view| view.dims = vec![1 << 40, 1 << 40],
        |view| view.dims = vec![2],
        |view| view.strides = vec![i64::MAX, i64::MAX],
        |view| view.dims = vec![7, 0],
        // One number, repeated two thousand million times.
        |view| (view.dims, view.strides) = (vec![1 << 20, 1 << 11], vec![0, 0]),
    ];
    for (index, lie) in lies.iter().enumerate() {
        let mut view = honest.clone();
        lie(&mut view);
        let harmless = view.dims.contains(&0);
        let checkpoint = named(Py::Tensor(view));
        for bytes in [archive(&checkpoint), legacy(&checkpoint)] {
            match Checkpoint::parse(bytes) {
                Ok(checkpoint) => {
                    assert!(harmless, "lie {index} was believed");
                    assert_eq!(checkpoint.tensor("x").unwrap().elem_count(), 0);
                }
                Err(error) => {
                    assert_eq!(
                        error.kind,
                        ErrorKind::CorruptWeights,
                        "lie {index}: {error}"
                    );
                }
            }
        }
    }
    // Texts, bytes and numbers that claim to be longer than the file.
    for code in [
        &b"X\xff\xff\xff\xff"[..],
        b"\x8d\xff\xff\xff\xff\xff\xff\xff\xff",
        b"B\xff\xff\xff\x7f",
        b"\x8b\xff\xff\xff\xff",
        b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f",
    ] {
        let error = refusal(archive(&Py::Raw(code.to_vec())));
        assert!(error.message.contains("malformed or cut off"), "{error}");
    }
}

#[test]
fn values_that_hold_themselves_or_nest_without_end_are_refused() {
    // d = {"k": d}, then the same with a list.
    let cyclic: [&[u8]; 2] = [b"}q\x00X\x01\x00\x00\x00kh\x00s", b"]q\x00h\x00a"];
    for code in cyclic {
        let error = refusal(archive(&Py::Raw(code.to_vec())));
        assert!(error.message.contains("without end"), "{error}");
    }
    // A million tuples, each inside of the next.
    let mut nested = b")".to_vec();
    nested.extend(vec![0x85; 1_000_000]);
    let error = refusal(archive(&Py::Raw(nested)));
    assert!(error.message.contains("without end"), "{error}");
    // Each tuple twice in the next: 2^60 leaves in a few hundred bytes.
    let mut laughs = b")".to_vec();
    laughs.extend(b"2\x86".repeat(60));
    let error = refusal(archive(&Py::Raw(laughs)));
    assert!(error.message.contains("without end"), "{error}");
    // A tensor's function whose arguments are itself.
    let call =
        b"ctorch._tensor\n_rebuild_from_type_v2\nq\x00]q\x01h\x00ah\x00ah\x01aq\x01h\x00h\x01R";
    assert_eq!(
        refusal(archive(&Py::Raw(call.to_vec()))).kind,
        ErrorKind::Unsupported
    );
}

#[test]
fn a_checkpoint_cut_off_anywhere_is_refused() {
    let checkpoint = named(Py::zeros(&[2, 2]));
    for whole in [archive(&checkpoint), legacy(&checkpoint)] {
        for length in 0..whole.len() {
            refusal(whole[..length].to_vec());
        }
    }
}

#[test]
fn no_damage_makes_reading_panic() {
    let checkpoint = Py::dict([
        ("a".to_owned(), Py::zeros(&[3, 2])),
        (
            "b".to_owned(),
            Py::List(vec![Py::zeros(&[1]), Py::text("text")]),
        ),
    ]);
    let mut seed = 1_u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) as usize % below
    };
    let (mut read, mut refused) = (0, 0);
    for whole in [archive(&checkpoint), legacy(&checkpoint)] {
        for _ in 0..20_000 {
            let mut bytes = whole.clone();
            for _ in 0..=random(4) {
                let place = random(bytes.len());
                bytes[place] = random(256) as u8;
            }
            match Checkpoint::parse(bytes) {
                Ok(checkpoint) => {
                    read += 1;
                    for name in checkpoint.names() {
                        checkpoint.tensor(name).ok();
                    }
                }
                Err(_) => refused += 1,
            }
        }
    }
    assert!(
        read > 100 && refused > 1000,
        "{read} read, {refused} refused"
    );
}

#[test]
fn weights_that_are_no_finite_fractions_are_refused() {
    for odd in [f32::NAN, f32::INFINITY] {
        let tensor = Py::Tensor(View::row_major(&[1.0, odd], &[2]));
        let checkpoint = Checkpoint::parse(archive(&named(tensor))).unwrap();
        let error = checkpoint.tensor("x").unwrap_err();
        assert!(error.message.contains("not finite"), "{error}");
    }
    let mut whole = View::row_major(&[0.0; 2], &[1]);
    (whole.class, whole.count) = ("LongStorage", 1);
    let checkpoint = Checkpoint::parse(archive(&named(Py::Tensor(whole)))).unwrap();
    assert!(checkpoint.tensor("x").is_err());
}
