// What the invocations of a workgroup find out together, through workgroup memory.

struct Lane {
    @builtin(local_invocation_index) index: u32,
}

// The sum over all lanes, in every lane.
fn sum_of(lane: Lane, value: f32) -> f32 {
    partial[lane.index] = value;
    workgroupBarrier();
    for (var reach = LANES / 2u; reach >= 1u; reach /= 2u) {
        if lane.index < reach {
            partial[lane.index] += partial[lane.index + reach];
        }
        workgroupBarrier();
    }
    let sum = partial[0];
    workgroupBarrier();
    return sum;
}

// The index of the largest value over all lanes, the smallest among equals, in every lane.
fn most_of(lane: Lane, value: f32, index: u32) -> u32 {
    partial[lane.index] = value;
    indices[lane.index] = index;
    workgroupBarrier();
    for (var reach = LANES / 2u; reach >= 1u; reach /= 2u) {
        if lane.index < reach {
            let other = lane.index + reach;
            if is_before(partial[other], indices[other], partial[lane.index], indices[lane.index]) {
                partial[lane.index] = partial[other];
                indices[lane.index] = indices[other];
            }
        }
        workgroupBarrier();
    }
    let most = indices[0];
    workgroupBarrier();
    return most;
}
