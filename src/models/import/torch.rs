//! What PyTorch's pickles mean: storages, tensors, state dicts and whole modules.

use std::collections::BTreeMap;

use super::machine::Machine;
use super::numbers::Kind;
use super::pickle::{Id, Pickle, Value};
use super::{corrupt, unsupported};
use crate::error::{Error, ErrorKind, Result};

/// Numbers that lie elsewhere in the file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Storage {
    /// How each is stored.
    pub(super) kind: Kind,
    /// The name under which they lie.
    pub(super) key: String,
    /// How many there are.
    pub(super) count: usize,
}

/// A tensor as a view of a storage.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TensorView {
    pub(super) storage: Storage,
    /// Where the first number is, in numbers.
    pub(super) offset: usize,
    pub(super) dims: Vec<usize>,
    /// How far apart neighbours along each dimension are, in numbers.
    pub(super) strides: Vec<usize>,
}

/// Modules whose functions reach the system when Python calls them.
const DANGEROUS: [&str; 18] = [
    "os",
    "posix",
    "nt",
    "subprocess",
    "sys",
    "runpy",
    "importlib",
    "shutil",
    "socket",
    "pty",
    "ctypes",
    "webbrowser",
    "code",
    "builtins",
    "__builtin__",
    "commands",
    "asyncio",
    "multiprocessing",
];
/// Harmless names of such modules.
const HARMLESS: [&str; 14] = [
    "bool",
    "bytearray",
    "bytes",
    "complex",
    "dict",
    "float",
    "frozenset",
    "int",
    "list",
    "object",
    "set",
    "slice",
    "str",
    "tuple",
];
/// Where a module keeps its tensors and submodules.
const MODULE_PARTS: [&str; 3] = ["_parameters", "_buffers", "_modules"];
/// No checkpoint nests dictionaries or modules so deeply.
const DEEPEST: usize = 64;
/// No checkpoint has so many values to look at; shared values are looked at wherever they are.
const MOST_VISITS: usize = 1 << 20;

/// Refuses names of functions that reach the system.
///
/// # Errors
/// When the name is one.
pub(super) fn refuse_dangerous(name: &str) -> Result<()> {
    let module = name.split('.').next().unwrap_or_default();
    let last = name.rsplit('.').next().unwrap_or_default();
    if !DANGEROUS.contains(&module) || HARMLESS.contains(&last) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Unsupported,
        format!("the checkpoint would call “{name}” when Python opens it; nothing was run here"),
        "Do not open this file elsewhere; get the checkpoint again from its authors.",
    ))
}

fn odd(what: &str) -> Error {
    corrupt(format!(
        "{what} in the checkpoint is not described as PyTorch does"
    ))
}

/// Returns what a persistent id stands for: a storage, or the class of a module that was saved with
/// its source.
pub(super) fn persistent(machine: &mut Machine<'_>, id: Id) -> Result<Id> {
    let parts = sequence(machine, id).ok_or_else(|| odd("a storage"))?;
    if let &[kind, class, ..] = parts
        && machine.value(kind) == &Value::Text("module".to_owned())
    {
        return Ok(class);
    }
    let storage = storage(machine, parts)?;
    Ok(machine.keep(Value::Storage(storage)))
}

/// A storage of `("storage", type, key, place, count)`.
fn storage(machine: &Machine<'_>, parts: &[Id]) -> Result<Storage> {
    let part = |index: usize| parts.get(index).map(|&id| machine.value(id));
    let (Some(Value::Global(class)), Some(Value::Text(key)), Some(&Value::Number(count))) =
        (part(1), part(2), part(4))
    else {
        return Err(odd("a storage"));
    };
    if let Some(Value::Sequence(_)) = part(5) {
        return Err(unsupported("the checkpoint has storages inside of others"));
    }
    let kind = Kind::of_storage(class)
        .ok_or_else(|| unsupported(format!("the checkpoint stores numbers as “{class}”")))?;
    let count = usize::try_from(count).map_err(|_| odd("a storage"))?;
    let key = key.clone();
    Ok(Storage { kind, key, count })
}

/// Returns what a call yields, without making it.
pub(super) fn call(machine: &mut Machine<'_>, callee: Id, arguments: Id) -> Result<Id> {
    let Value::Global(name) = machine.value(callee) else {
        return Ok(machine.keep(Value::Object(None)));
    };
    let name = name.clone();
    let argument = |machine: &Machine<'_>, index: usize| {
        let arguments = sequence(machine, arguments).unwrap_or_default();
        arguments.get(index).copied().ok_or_else(|| odd("a tensor"))
    };
    let value = match name.as_str() {
        "collections.OrderedDict" | "collections.defaultdict" => {
            Value::Map(listed_pairs(machine, arguments))
        }
        "torch._utils._rebuild_tensor" | "torch._utils._rebuild_tensor_v2" => {
            Value::Tensor(tensor(machine, arguments)?)
        }
        "torch._utils._rebuild_parameter"
        | "torch._utils._rebuild_parameter_with_state"
        | "torch.Size" => return argument(machine, 0),
        "torch._tensor._rebuild_from_type_v2" => {
            // The function that is called in turn; only one is known to be.
            let inner = argument(machine, 0)?;
            let known = Value::Global("torch._utils._rebuild_tensor_v2".to_owned());
            if machine.value(inner) != &known {
                return Err(unsupported("the checkpoint has tensors of a special type"));
            }
            Value::Tensor(tensor(machine, argument(machine, 2)?)?)
        }
        _ => {
            machine.unread.insert(name);
            Value::Object(None)
        }
    };
    Ok(machine.keep(value))
}

/// Old pickles give a dictionary's pairs as a list of lists.
fn listed_pairs(machine: &Machine<'_>, arguments: Id) -> Vec<(Id, Id)> {
    let arguments = sequence(machine, arguments).unwrap_or_default();
    let lists = arguments.iter().filter_map(|&id| sequence(machine, id));
    let pairs = lists.flatten().filter_map(|&id| sequence(machine, id));
    pairs
        .filter_map(|pair| Some((*pair.first()?, *pair.get(1)?)))
        .collect()
}

/// A tensor of `(storage, offset, dims, strides, …)`.
fn tensor(machine: &Machine<'_>, arguments: Id) -> Result<TensorView> {
    let parts = sequence(machine, arguments).ok_or_else(|| odd("a tensor"))?;
    let &[storage, offset, dims, strides, ..] = parts else {
        return Err(odd("a tensor"));
    };
    let Value::Storage(storage) = machine.value(storage) else {
        return Err(odd("a tensor"));
    };
    let size = |id: Id| match machine.value(id) {
        Value::Number(size) => usize::try_from(*size).map_err(|_| odd("a tensor")),
        _ => Err(odd("a tensor")),
    };
    let sizes = |id: Id| -> Result<Vec<usize>> {
        let sizes = sequence(machine, id).ok_or_else(|| odd("a tensor"))?;
        sizes.iter().map(|&id| size(id)).collect()
    };
    Ok(TensorView {
        storage: storage.clone(),
        offset: size(offset)?,
        dims: sizes(dims)?,
        strides: sizes(strides)?,
    })
}

fn sequence<'m>(machine: &'m Machine<'_>, id: Id) -> Option<&'m [Id]> {
    match machine.value(id) {
        Value::Sequence(items) => Some(items),
        _ => None,
    }
}

/// Returns every tensor of a pickle under its path: keys of dictionaries, places in lists and names
/// of submodules, joined by full stops.
///
/// # Errors
/// When values are nested too deeply or are too many, as where a dictionary holds itself.
pub(super) fn tensors(pickle: &Pickle) -> Result<BTreeMap<String, TensorView>> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![(pickle.root, String::new(), 0)];
    let mut visits = 0;
    while let Some((id, path, depth)) = waiting.pop() {
        visits += 1;
        if depth > DEEPEST || visits > MOST_VISITS {
            return Err(corrupt(
                "the checkpoint's dictionaries are nested without end",
            ));
        }
        if let Value::Tensor(view) = pickle.value(id) {
            found.insert(path, view.clone());
            continue;
        }
        let inside = inside(pickle, id).into_iter();
        let inside = inside.filter(|(_, item)| holds(pickle.value(*item)));
        waiting.extend(inside.map(|(key, item)| (item, below(&path, &key), depth + 1)));
    }
    Ok(found)
}

/// Returns what a value holds, by name; without a name what belongs to the value's own path.
fn inside(pickle: &Pickle, id: Id) -> Vec<(String, Id)> {
    let (pairs, is_object) = match pickle.value(id) {
        Value::Sequence(items) => {
            let items = items.iter().enumerate();
            return items
                .map(|(place, &item)| (place.to_string(), item))
                .collect();
        }
        Value::Map(pairs) => (pairs, false),
        Value::Object(Some(attributes)) => match pickle.value(*attributes) {
            Value::Map(pairs) => (pairs, true),
            _ => return Vec::new(),
        },
        _ => return Vec::new(),
    };
    let named = pairs.iter().filter_map(|&(key, item)| {
        let name = match pickle.value(key) {
            // A module keeps its tensors and submodules in dictionaries of their own.
            Value::Text(key) if is_object && MODULE_PARTS.contains(&key.as_str()) => String::new(),
            Value::Text(key) => key.clone(),
            Value::Number(key) => key.to_string(),
            _ => return None,
        };
        Some((name, item))
    });
    named.collect()
}

/// Whether a value can be, or hold, a tensor.
fn holds(value: &Value) -> bool {
    matches!(
        value,
        Value::Tensor(_) | Value::Sequence(_) | Value::Map(_) | Value::Object(_)
    )
}

fn below(path: &str, key: &str) -> String {
    match (path, key) {
        ("", _) => key.to_owned(),
        (_, "") => path.to_owned(),
        _ => format!("{path}.{key}"),
    }
}
