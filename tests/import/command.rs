//! `silhouette import` as scripts see it: lines, exit codes, files.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::checkpoints::{Py, archive};
use crate::recognition::{generator, state};

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_silhouette"));
    command.arg("import").args(arguments).output().unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn save(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn every_tensor_has_a_line_and_the_file_runs() {
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = save(folder.path(), "g.ckpt", &archive(&state(&generator(), "")));
    let out = folder.path().join("weights.safetensors");
    let out = out.to_str().unwrap();
    let output = run(&[&checkpoint, "--as", "healthygan", "--out", out, "--json"]);
    assert_eq!(output.status.code(), Some(0));
    let lines = lines(&output);
    let of = |fate: &str| lines.iter().filter(|line| line["fate"] == fate).count();
    assert_eq!((of("mapped"), of("ignored"), of("missing")), (22, 21, 0));
    for line in &lines[..43] {
        for key in ["path", "tensor", "shape", "stored", "weight", "reason"] {
            assert!(line.get(key).is_some(), "{key} is missing in {line}");
        }
    }
    let summary = &lines[43];
    assert_eq!(
        (&summary["model"], &summary["mapped"]),
        (&"healthygan".into(), &22.into())
    );
    assert_eq!(summary["sha256"].as_str().unwrap().len(), 64);
    let films = candle_core::Tensor::zeros(
        (1, 3, 16, 16),
        candle_core::DType::F32,
        &candle_core::Device::Cpu,
    );
    let input = folder.path().join("films.safetensors");
    let named = std::collections::HashMap::from([("input", films.unwrap())]);
    candle_core::safetensors::save(&named, &input).unwrap();
    let mut forward = Command::new(env!("CARGO_BIN_EXE_silhouette"));
    forward.args([
        "forward",
        "healthygan",
        "--weights",
        out,
        "--device",
        "cpu",
        "--input",
    ]);
    let outputs = folder.path().join("outputs.safetensors");
    let status = forward
        .arg(&input)
        .arg("--out")
        .arg(&outputs)
        .status()
        .unwrap();
    assert!(status.success() && outputs.exists());
    let words = run(&[&checkpoint, "--as", "healthygan", "--out", out]);
    assert!(words.stdout.is_empty());
    let words = String::from_utf8(words.stderr).unwrap();
    assert!(
        words.contains("main.0.weight [1, 3, 7, 7] → G.main.0.weight"),
        "{words}"
    );
}

#[test]
fn what_is_refused_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let good = save(folder.path(), "g.ckpt", &archive(&state(&generator(), "")));
    let bad = save(folder.path(), "bad.pth", b"no checkpoint");
    let mut short = generator();
    short.pop();
    let short = save(folder.path(), "short.pth", &archive(&state(&short, "")));
    let out = folder.path().join("weights.safetensors");
    for (arguments, kind) in [
        (vec![bad.as_str(), "--as", "healthygan"], "unsupported"),
        (
            vec![good.as_str(), bad.as_str(), "--as", "healthygan"],
            "unsupported",
        ),
        (vec!["nowhere.pth", "--as", "healthygan"], "unreadable"),
        (vec![good.as_str(), "--as", "squid"], "wrong_model"),
        (vec![short.as_str(), "--as", "healthygan"], "wrong_model"),
    ] {
        let mut arguments = arguments;
        arguments.extend(["--json", "--out", out.to_str().unwrap()]);
        let output = run(&arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let lines = lines(&output);
        let last = lines.last().unwrap();
        assert_eq!(last["error"]["kind"], kind, "{arguments:?}");
        assert!(last["path"].is_string());
        assert!(!out.exists(), "{arguments:?} left a file");
    }
    let missing = run(&[
        &short,
        "--as",
        "healthygan",
        "--json",
        "--out",
        out.to_str().unwrap(),
    ]);
    let missing: Vec<Value> = lines(&missing);
    let missing = missing
        .iter()
        .find(|line| line["fate"] == "missing")
        .unwrap();
    assert_eq!(missing["weight"], "G.main.16.weight");
}

#[test]
fn wrong_usage_is_told_from_failure() {
    let folder = tempfile::tempdir().unwrap();
    let content = archive(&Py::zeros(&[1]));
    let good = save(folder.path(), "g.ckpt", &content);
    for arguments in [
        ["--as", "nothing", "--out", "x.safetensors"],
        ["--as", "healthygan", "--out", &good],
    ] {
        let output = run(&[&[good.as_str()], &arguments[..]].concat());
        assert_eq!(output.status.code(), Some(2));
    }
    assert_eq!(std::fs::read(&good).unwrap(), content);
}
