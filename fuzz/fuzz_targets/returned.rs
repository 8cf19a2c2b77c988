#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(init: silhouette_fuzz::judge_panics(), |bytes: &[u8]| {
    silhouette_fuzz::files::fuzzing::returned(bytes);
});
