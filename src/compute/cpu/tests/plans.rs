//! What is refused, and what stops a run.

use std::sync::Arc;

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use super::super::super::program::{Activation, Border, Convolve, Kernels, Maps, Plan, Step};
use super::super::Engine;
use super::convolutions::{Case, convolve};
use super::random;
use crate::error::Error;

fn small() -> (usize, Convolve) {
    convolve(&Case {
        x: [1, 3, 8, 8],
        kernel: [4, 3, 1, 1],
        border: Border::Reflect,
        gap: 0,
        then: Activation::Nothing,
    })
}

fn refused(arena: usize, step: Step) -> bool {
    let plan = Plan {
        arena,
        steps: vec![step],
        ..Plan::default()
    };
    Engine::new(plan, 1).is_err()
}

#[test]
fn plans_that_reach_beyond_the_arena_are_refused() {
    let (arena, step) = small();
    assert!(!refused(arena, Step::Convolve(step.clone())));
    assert!(refused(arena - 1, Step::Convolve(step.clone())));
    let mut wide = step.clone();
    wide.before = (8, 1);
    assert!(
        refused(arena, Step::Convolve(wide)),
        "a border wider than its map"
    );
    let mut short = step.clone();
    short.bias = Some(Arc::from([0.0; 3]));
    assert!(refused(arena, Step::Convolve(short)), "too few biases");
    let mut far = step;
    far.x.row_stride = usize::MAX / 4;
    assert!(refused(arena, Step::Convolve(far)), "strides that overflow");
}

#[test]
fn a_refusal_between_steps_stops_the_run() {
    let [x, y] = [0, 128 * 128 * 16].map(|first| Maps::dense(first, [1, 16, 128, 128]));
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let step = Step::Convolve(Convolve {
        x,
        y,
        kernels: Kernels {
            shape: [16, 16, 3, 3],
            samples: random(&mut rng, 16 * 16 * 9).into(),
        },
        bias: None,
        stride: 1,
        before: (1, 1),
        border: Border::Zero,
        plus: None,
        then: Activation::Nothing,
    });
    let plan = Plan {
        arena: 2 * 128 * 128 * 16,
        steps: vec![step.clone(), step],
        ..Plan::default()
    };
    let mut engine = Engine::new(plan, 2).unwrap();
    let mut shares = Vec::new();
    engine
        .run(&[], &mut |share| {
            shares.push(share);
            Ok(())
        })
        .unwrap();
    assert_eq!(shares, [0.5, 1.0]);
    let result = engine.run(&[], &mut |_| Err(Error::cancelled()));
    assert!(result.unwrap_err().is_cancelled());
    engine.run(&[], &mut |_| Ok(())).unwrap();
}
