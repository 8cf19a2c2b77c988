//! Small networks on the GPU engine against the same networks computed at once.
//!
//! A software GPU computes a thousand times slower than a real one, so the widths here are tiny; the
//! same comparison at full width is `silhouette bench --check`.

use silhouette::compute::{Builder, Device, DeviceKind, Input, Runner, Source, Tensor};
use silhouette::error::Result;
use silhouette::models::{BareWeights, Inputs};
use silhouette::models::{dgm, fanogan, healthygan, squid};

/// Opens a GPU of any kind; without one, says so loudly or fails where everything is required.
fn gpu() -> Option<Device> {
    match DeviceKind::Wgpu.open() {
        Ok(device) => Some(device),
        Err(error) => {
            assert!(
                std::env::var_os("SILHOUETTE_REQUIRE_ALL").is_none(),
                "{error}"
            );
            eprintln!("SKIPPED: {error}");
            None
        }
    }
}

type Network = Box<dyn Fn(&Tensor) -> Result<Vec<Tensor>> + Send>;

/// Compares a network of films on the GPU with the network computed at once.
fn agrees(dims: [usize; 4], network: Network) {
    let Some(device) = gpu() else { return };
    let count = dims.iter().product::<usize>();
    let grey = |at: usize| ((at * 7919) % 997) as f32 / 498.5 - 1.0;
    let samples: Vec<f32> = (0..count).map(grey).collect();
    let films = Tensor::from_samples(samples.clone(), &dims).unwrap();
    let wanted = network(&films).unwrap();
    let mut runner = Runner::new(&device, move |films| network(&films[0]));
    let input = Input {
        samples: &samples,
        dims: &dims,
    };
    // Twice: the second run uses what the first has left behind.
    for _ in 0..2 {
        let found = runner.run(&[input], &mut |_| Ok(())).unwrap();
        assert_eq!(found.len(), wanted.len());
        for (index, (found, wanted)) in found.iter().zip(&wanted).enumerate() {
            assert_eq!(found.dims, wanted.dims());
            let wanted = wanted.to_samples().unwrap();
            let most = wanted.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
            assert!(most > 0.0, "output {index} says nothing");
            for (found, wanted) in found.samples.iter().zip(&wanted) {
                let close = (found - wanted).abs() <= 1e-4 * most;
                assert!(close, "output {index}: {found} is not {wanted}");
            }
        }
    }
}

fn seeded(seed: u64) -> impl Fn(&str) -> Builder {
    move |_| Builder::new(Source::seeded(seed))
}

#[test]
fn squid_agrees_on_a_gpu() {
    let Some(device) = gpu() else { return };
    let samples: Vec<f32> = (0..128 * 128)
        .map(|at| ((at * 31) % 256) as f32 / 255.0)
        .collect();
    let input = candle_core::Tensor::from_vec(samples, (1, 1, 128, 128), &candle_core::Device::Cpu);
    let inputs = Inputs::new([("input".to_owned(), input.unwrap())].into()).unwrap();
    let weights = || BareWeights::Formula("squid_tiny".to_owned());
    let network = squid::NETWORK;
    let wanted = (network.forward)(&weights(), &[], &inputs).unwrap();
    let found = network
        .run(weights(), Vec::new(), &inputs, &device)
        .unwrap();
    assert_eq!(found.len(), wanted.len());
    for ((name, found), (_, wanted)) in found.iter().zip(&wanted) {
        let (found, wanted) = (found.to_samples().unwrap(), wanted.to_samples().unwrap());
        let most = wanted.iter().fold(1e-3_f32, |most, x| most.max(x.abs()));
        let pairs = found.iter().zip(&wanted);
        let worst = pairs.fold(0.0_f32, |worst, (a, b)| worst.max((a - b).abs()));
        assert!(worst <= 2e-4 * most, "{name}: {worst} of {most}");
    }
}

#[test]
fn fanogan_agrees_on_a_gpu() {
    let config = fanogan::config::Config {
        side: 32,
        width: 4,
        channels: 1,
        latent: 16,
    };
    let networks = fanogan::parity::Networks::build(&config, seeded(5)).unwrap();
    let off = || silhouette::models::trace::Trace::off();
    agrees(
        [1, 1, 32, 32],
        Box::new(move |films| {
            let found = networks.inspect(films, &mut off())?;
            Ok(vec![
                found.latent,
                found.counterpart,
                found.features,
                found.counterpart_features,
            ])
        }),
    );
}

#[test]
fn healthygan_agrees_on_a_gpu() {
    let config = healthygan::config::Config {
        width: 4,
        blocks: 1,
        ..healthygan::config::Config::TINY
    };
    let networks = healthygan::parity::Networks::build(&config, seeded(6)).unwrap();
    agrees(
        [2, 3, 32, 32],
        Box::new(move |films| {
            let found = networks.inspect(films)?;
            Ok(vec![found.mask, found.healthy, found.difference])
        }),
    );
}

#[test]
fn dgm_agrees_on_a_gpu() {
    let config = dgm::config::Config {
        width: 4,
        hidden: 8,
    };
    let networks = dgm::parity::Networks::build(&config, seeded(7)).unwrap();
    agrees(
        [1, 1, 32, 32],
        Box::new(move |films| {
            let parts = networks.generator.decompose(films)?;
            let off = &mut silhouette::models::trace::Trace::off();
            let again = networks.generator.again(&parts, off)?;
            Ok(vec![parts.normal, parts.residue, again])
        }),
    );
}
