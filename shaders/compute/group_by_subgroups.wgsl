// What the invocations of a workgroup find out together: first those of a subgroup among themselves,
// then through workgroup memory, one number a subgroup. Nothing is assumed of how many invocations a
// subgroup has, nor of which.

struct Lane {
    @builtin(local_invocation_index) index: u32,
    @builtin(subgroup_id) subgroup: u32,
    @builtin(num_subgroups) subgroups: u32,
    @builtin(subgroup_invocation_id) within: u32,
}

// The sum over all lanes, in every lane.
fn sum_of(lane: Lane, value: f32) -> f32 {
    let own = subgroupAdd(value);
    if lane.within == 0u {
        partial[lane.subgroup] = own;
    }
    workgroupBarrier();
    var sum = 0.0;
    for (var i = 0u; i < lane.subgroups; i += 1u) {
        sum += partial[i];
    }
    workgroupBarrier();
    return sum;
}

// The index of the largest value over all lanes, the smallest among equals, in every lane.
fn most_of(lane: Lane, value: f32, index: u32) -> u32 {
    let own = subgroupMax(value);
    let first = subgroupMin(select(0xffffffffu, index, value == own));
    if lane.within == 0u {
        partial[lane.subgroup] = own;
        indices[lane.subgroup] = first;
    }
    workgroupBarrier();
    var most = partial[0];
    var found = indices[0];
    for (var i = 1u; i < lane.subgroups; i += 1u) {
        if is_before(partial[i], indices[i], most, found) {
            most = partial[i];
            found = indices[i];
        }
    }
    workgroupBarrier();
    return found;
}
