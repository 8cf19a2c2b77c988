//! The instructions of pickles, protocols 0 to 5 as far as PyTorch writes them.

use std::collections::{BTreeSet, HashMap};

use super::archive::number;
use super::pickle::{Id, Value};
use super::torch;
use super::{corrupt, unsupported};
use crate::error::Result;

/// The stack machine, which makes values and calls nothing.
pub(super) struct Machine<'a> {
    bytes: &'a [u8],
    /// The bytes taken so far.
    pub(super) at: usize,
    /// Every value that was made.
    pub(super) values: Vec<Value>,
    stack: Vec<Id>,
    /// Heights of the stack where marks stand.
    marks: Vec<usize>,
    memo: HashMap<u64, Id>,
    /// Classes and functions that were named and not understood.
    pub(super) unread: BTreeSet<String>,
}

fn malformed() -> crate::Error {
    corrupt("the pickle in the checkpoint is malformed or cut off")
}

impl<'a> Machine<'a> {
    /// Stands before the first instruction.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            values: Vec::new(),
            stack: Vec::new(),
            marks: Vec::new(),
            memo: HashMap::new(),
            unread: BTreeSet::new(),
        }
    }

    /// Takes every instruction; returns the machine and the pickled value's number.
    pub(super) fn run(mut self) -> Result<(Self, Id)> {
        while self.step()? {}
        let root = self.pop()?;
        Ok((self, root))
    }

    /// Takes one instruction; returns whether there is more.
    fn step(&mut self) -> Result<bool> {
        let code = self.take(1)?[0];
        match code {
            b'.' => return Ok(false),
            0x80 => drop(self.take(1)?),
            0x95 => drop(self.take(8)?),
            b'(' => self.marks.push(self.stack.len()),
            b'0' => drop(self.pop()?),
            b'1' => drop(self.pop_to_mark()?),
            b'2' => self.stack.push(self.top()?),
            b'q' | b'r' | 0x94 => {
                let place = match code {
                    b'q' => self.number(1)?,
                    b'r' => self.number(4)?,
                    _ => self.memo.len() as u64,
                };
                let top = self.top()?;
                self.memo.insert(place, top);
            }
            b'h' | b'j' => {
                let place = self.number(if code == b'h' { 1 } else { 4 })?;
                let id = self.memo.get(&place).copied().ok_or_else(malformed)?;
                self.stack.push(id);
            }
            b'a' | b'e' | 0x90 | b's' | b'u' | b'b' => self.fill(code)?,
            b'c' | 0x93 => self.name(code)?,
            b'R' | 0x81 | 0x92 => self.call(code)?,
            b'Q' => {
                let id = self.pop()?;
                let stands_for = torch::persistent(self, id)?;
                self.stack.push(stands_for);
            }
            _ => {
                let value = match self.collection(code)? {
                    Some(value) => value,
                    None => self.constant(code)?,
                };
                self.push(value);
            }
        }
        Ok(true)
    }

    /// Instructions that push a constant.
    fn constant(&mut self, code: u8) -> Result<Value> {
        Ok(match code {
            b'N' => Value::Other,
            0x88 | 0x89 => Value::Number(i64::from(code == 0x88)),
            b'K' => Value::Number(self.number(1)? as i64),
            b'M' => Value::Number(self.number(2)? as i64),
            b'J' => Value::Number(i64::from(self.number(4)? as u32 as i32)),
            0x8a => long(self.counted(1)?),
            0x8b => long(self.counted(4)?),
            0x8c | b'U' => text(self.counted(1)?),
            b'X' | b'T' => text(self.counted(4)?),
            0x8d => text(self.counted(8)?),
            b'G' | b'C' | b'B' | 0x8e => {
                match code {
                    b'G' => self.take(8)?,
                    b'C' => self.counted(1)?,
                    b'B' => self.counted(4)?,
                    _ => self.counted(8)?,
                };
                Value::Other
            }
            _ => {
                return Err(unsupported(format!(
                    "the pickle in the checkpoint has the instruction {code:#04x}, which PyTorch does not write"
                )));
            }
        })
    }

    /// Instructions that push a collection; none for others.
    fn collection(&mut self, code: u8) -> Result<Option<Value>> {
        Ok(Some(match code {
            b')' | b']' | 0x8f => Value::Sequence(Vec::new()),
            b'}' => Value::Map(Vec::new()),
            b't' | b'l' | 0x91 => Value::Sequence(self.pop_to_mark()?),
            b'd' => Value::Map(pairs(&self.pop_to_mark()?)?),
            0x85..=0x87 => {
                let count = usize::from(code - 0x84);
                let first = self.stack.len().checked_sub(count).ok_or_else(malformed)?;
                Value::Sequence(self.stack.split_off(first))
            }
            _ => return Ok(None),
        }))
    }

    /// Instructions that add to the value below: items, pairs or an object's attributes.
    fn fill(&mut self, code: u8) -> Result<()> {
        let items = match code {
            b'a' | b'b' => vec![self.pop()?],
            b's' => {
                let value = self.pop()?;
                vec![self.pop()?, value]
            }
            _ => self.pop_to_mark()?,
        };
        let target = self.top()?;
        match (code, self.values.get_mut(target)) {
            (b'a' | b'e' | 0x90, Some(Value::Sequence(all))) => all.extend(items),
            (b's' | b'u', Some(Value::Map(all))) => all.extend(pairs(&items)?),
            (b'b', Some(Value::Object(attributes))) => *attributes = items.first().copied(),
            // A dictionary's own attributes are notes; an unknown object may be a list or a dictionary.
            (b'b', _) | (_, Some(Value::Object(_))) => {}
            _ => return Err(malformed()),
        }
        Ok(())
    }

    /// Instructions that name a class or a function.
    fn name(&mut self, code: u8) -> Result<()> {
        let name = if code == b'c' {
            let (module, name) = (self.line()?, self.line()?);
            format!("{module}.{name}")
        } else {
            let (name, module) = (self.pop()?, self.pop()?);
            match (self.value(module), self.value(name)) {
                (Value::Text(module), Value::Text(name)) => format!("{module}.{name}"),
                _ => return Err(malformed()),
            }
        };
        torch::refuse_dangerous(&name)?;
        self.push(Value::Global(name));
        Ok(())
    }

    /// Instructions that call a function or make an instance.
    fn call(&mut self, code: u8) -> Result<()> {
        if code == 0x92 {
            // Named arguments: nothing that is understood takes them.
            self.pop()?;
        }
        let (arguments, callee) = (self.pop()?, self.pop()?);
        let result = torch::call(self, callee, arguments)?;
        self.stack.push(result);
        Ok(())
    }

    /// Returns a value by its number.
    pub(super) fn value(&self, id: Id) -> &Value {
        self.values.get(id).unwrap_or(&Value::Other)
    }

    /// Keeps a value and returns its number.
    pub(super) fn keep(&mut self, value: Value) -> Id {
        self.values.push(value);
        self.values.len() - 1
    }

    fn push(&mut self, value: Value) {
        let id = self.keep(value);
        self.stack.push(id);
    }

    /// The stack above the last mark is what an instruction may use.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn top(&self) -> Result<Id> {
        let above = self.stack.get(self.floor()..).and_then(<[Id]>::last);
        above.copied().ok_or_else(malformed)
    }

    fn pop(&mut self) -> Result<Id> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Id>> {
        let mark = self.marks.pop().ok_or_else(malformed)?;
        if mark > self.stack.len() {
            return Err(malformed());
        }
        Ok(self.stack.split_off(mark))
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8]> {
        let length = usize::try_from(length).map_err(|_| malformed())?;
        let end = self.at.checked_add(length).ok_or_else(malformed)?;
        let taken = self.bytes.get(self.at..end).ok_or_else(malformed)?;
        self.at = end;
        Ok(taken)
    }

    fn number(&mut self, length: u64) -> Result<u64> {
        let bytes = self.take(length)?;
        number(bytes, 0, bytes.len()).ok_or_else(malformed)
    }

    /// Takes a count of so many bytes and then as many bytes as it says.
    fn counted(&mut self, width: u64) -> Result<&'a [u8]> {
        let length = self.number(width)?;
        self.take(length)
    }

    fn line(&mut self) -> Result<String> {
        let rest = &self.bytes[self.at..];
        let end = rest.iter().position(|&byte| byte == b'\n');
        let line = &rest[..end.ok_or_else(malformed)?];
        self.at += line.len() + 1;
        Ok(String::from_utf8_lossy(line).trim_end().to_owned())
    }
}

fn pairs(items: &[Id]) -> Result<Vec<(Id, Id)>> {
    match items.len() % 2 {
        0 => Ok(items
            .chunks_exact(2)
            .map(|pair| (pair[0], pair[1]))
            .collect()),
        _ => Err(malformed()),
    }
}

fn text(bytes: &[u8]) -> Value {
    Value::Text(String::from_utf8_lossy(bytes).into_owned())
}

/// A signed number of any length; those of more than eight bytes are no sizes.
fn long(bytes: &[u8]) -> Value {
    if bytes.len() > 8 {
        return Value::Other;
    }
    let filler = match bytes.last() {
        Some(&last) if last >= 0x80 => 0xff,
        _ => 0,
    };
    let mut all = [filler; 8];
    all[..bytes.len()].copy_from_slice(bytes);
    Value::Number(i64::from_le_bytes(all))
}
