//! Whose state dicts checkpoints hold, whatever they lie in.

use silhouette::Error;
use silhouette::models::import::{Checkpoint, Fate, Import, import};
use silhouette::models::network;

use crate::checkpoints::{Py, archive};

/// HealthyGAN's generator, one channel wide and with one residual block.
pub(crate) fn generator() -> Vec<(String, Vec<usize>)> {
    let mut weights = Vec::new();
    let mut norm = |place: String, channels: usize| {
        for name in ["weight", "bias", "running_mean", "running_var"] {
            weights.push((format!("{place}.{name}"), vec![channels]));
        }
        weights.push((format!("{place}.num_batches_tracked"), vec![]));
    };
    for (place, channels) in [(1, 1), (4, 2), (7, 4), (11, 2), (14, 1)] {
        norm(format!("main.{place}"), channels);
    }
    norm("main.9.main.1".to_owned(), 4);
    norm("main.9.main.4".to_owned(), 4);
    let convolutions: [(&str, [usize; 4]); 8] = [
        ("main.0", [1, 3, 7, 7]),
        ("main.3", [2, 1, 4, 4]),
        ("main.6", [4, 2, 4, 4]),
        ("main.9.main.0", [4, 4, 3, 3]),
        ("main.9.main.3", [4, 4, 3, 3]),
        ("main.10", [4, 2, 4, 4]),
        ("main.13", [2, 1, 4, 4]),
        ("main.16", [4, 1, 7, 7]),
    ];
    weights.extend(convolutions.map(|(place, dims)| (format!("{place}.weight"), dims.to_vec())));
    weights
}

/// A state dict of zeros with a prefix before each name.
pub(crate) fn state(weights: &[(String, Vec<usize>)], prefix: &str) -> Py {
    let named = weights.iter();
    Py::dict(named.map(|(name, dims)| (format!("{prefix}{name}"), Py::zeros(dims))))
}

fn imported(id: &str, values: &[Py], below: Option<&str>) -> Result<Import, Error> {
    let checkpoints = values
        .iter()
        .map(|value| Checkpoint::parse(archive(value)).unwrap());
    import(
        network(id).unwrap(),
        &checkpoints.collect::<Vec<_>>(),
        below,
    )
}

fn refusal(id: &str, values: &[Py]) -> Error {
    match imported(id, values, None) {
        Ok(imported) => imported.outcome.err().unwrap(),
        Err(error) => error,
    }
}

#[test]
fn a_state_dict_is_found_in_whatever_it_lies_in() {
    let weights = generator();
    let optimiser = Py::dict([(
        "state".to_owned(),
        Py::Dict(vec![(
            Py::Number(0),
            Py::state(&[("exp_avg", &[1, 3, 7, 7])]),
        )]),
    )]);
    let containers = [
        state(&weights, ""),
        state(&weights, "module."),
        state(&weights, "G."),
        Py::dict([("state_dict".to_owned(), state(&weights, "module."))]),
        Py::dict([
            ("epoch".to_owned(), Py::Number(3)),
            (
                "model".to_owned(),
                Py::dict([("G".to_owned(), state(&weights, ""))]),
            ),
            ("optimizer".to_owned(), optimiser),
        ]),
    ];
    for container in &containers {
        let imported = imported("healthygan", std::slice::from_ref(container), None).unwrap();
        let names: Vec<String> = imported.outcome.unwrap().tensors.into_keys().collect();
        assert_eq!(names.len(), 22);
        assert!(
            names.iter().all(|name| name.starts_with("G.main.")),
            "{names:?}"
        );
        let ignored = imported
            .lines
            .iter()
            .filter(|line| matches!(line.fate, Fate::Ignored(_)));
        assert!(ignored.count() >= 21);
    }
}

#[test]
fn a_network_that_is_there_twice_is_taken_from_where_one_says() {
    let twice = Py::dict([
        ("model".to_owned(), state(&generator(), "")),
        ("ema".to_owned(), state(&generator(), "")),
    ]);
    let error = imported("healthygan", std::slice::from_ref(&twice), None)
        .err()
        .unwrap();
    assert!(
        error.message.contains("“ema”") && error.message.contains("“model”"),
        "{error}"
    );
    let taken = imported("healthygan", &[twice], Some("ema")).unwrap();
    let mapped = taken
        .lines
        .iter()
        .filter(|line| matches!(line.fate, Fate::Mapped(_)));
    assert!(mapped.clone().count() == 22);
    assert!(mapped.clone().all(|line| line.tensor.starts_with("ema.")));
}

#[test]
fn another_networks_checkpoint_is_named() {
    let found = refusal("squid", &[state(&generator(), "module.")]);
    assert!(found.message.contains("a HealthyGAN generator"), "{found}");
    assert_eq!(found.advice, "Use --as healthygan.");
    let found = refusal("dgm", &[Py::state(&[("EG.x", &[1])])]);
    assert!(
        found.message.contains("no public weights of DGM"),
        "{found}"
    );
    let found = refusal("fanogan", &[Py::state(&[("backbone.x", &[1])])]);
    assert!(found.message.contains("backbone.x"), "{found}");
}

#[test]
fn weights_that_do_not_fit_are_counted_and_nothing_is_used() {
    let whole = generator();
    let without = |name: &str| -> Vec<_> {
        let rest = whole.iter().filter(|(found, _)| found != name);
        rest.cloned().collect()
    };
    let missing = refusal("healthygan", &[state(&without("main.13.weight"), "")]);
    assert!(
        missing
            .message
            .contains("1 weights of HealthyGAN are missing"),
        "{missing}"
    );
    let mut more = whole.clone();
    more.push(("main.9.gate.weight".to_owned(), vec![4]));
    let unknown = refusal("healthygan", &[state(&more, "")]);
    assert!(unknown.message.contains("main.9.gate.weight"), "{unknown}");
    // StarGAN's generator has the same names and draws no mask.
    let mut other = without("main.16.weight");
    other.push(("main.16.weight".to_owned(), vec![3, 1, 7, 7]));
    let misshapen = refusal("healthygan", &[state(&other, "")]);
    assert!(misshapen.message.contains("[3, 1, 7, 7]"), "{misshapen}");
}

#[test]
fn sizes_that_no_memory_holds_are_refused_before_they_are_made() {
    let mut wide = generator();
    for (name, dims) in &mut wide {
        if name == "main.0.weight" {
            *dims = vec![1 << 18, 1, 1, 1];
        }
    }
    let error = refusal("healthygan", &[state(&wide, "")]);
    assert!(error.message.contains("contradict"), "{error}");
    let mut deep = generator();
    deep.push(("D.conv1.weight".to_owned(), vec![1, 1, 3, 3]));
    for layer in 0..100 {
        deep.push((format!("D.main.{}.weight", 2 * layer), vec![1, 1, 4, 4]));
        deep.push((format!("D.main.{}.bias", 2 * layer), vec![1]));
    }
    let generator = state(&deep[..deep.len() - 201], "");
    let critic = state(&deep[deep.len() - 201..], "");
    let error = refusal("healthygan", &[generator, critic]);
    assert!(error.message.contains("100 layers"), "{error}");
}
