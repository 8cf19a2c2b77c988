//! A tiny writer of PyTorch checkpoints: pickles in zip archives, and the older form.

/// A Python value.
#[derive(Clone)]
pub(crate) enum Py {
    Number(i64),
    Text(String),
    /// An `OrderedDict`, as state dicts are.
    Dict(Vec<(Py, Py)>),
    List(Vec<Py>),
    Tensor(View),
    /// A call of a function by its module and name.
    Call(&'static str, &'static str, Vec<Py>),
    /// An instance of a class of the checkpoint's own program, with its attributes.
    Instance(Box<Py>),
    /// Instructions as they are.
    Raw(Vec<u8>),
}

/// A tensor's view of its storage.
#[derive(Clone)]
pub(crate) struct View {
    pub(crate) class: &'static str,
    /// The storage's bytes.
    pub(crate) numbers: Vec<u8>,
    /// The count of numbers that is written.
    pub(crate) count: i64,
    pub(crate) offset: i64,
    pub(crate) dims: Vec<i64>,
    pub(crate) strides: Vec<i64>,
}

impl View {
    /// Numbers one after the other.
    pub(crate) fn row_major(samples: &[f32], dims: &[usize]) -> Self {
        let mut strides = vec![1; dims.len()];
        for place in (1..dims.len()).rev() {
            strides[place - 1] = strides[place] * dims[place] as i64;
        }
        Self {
            class: "FloatStorage",
            numbers: samples.iter().flat_map(|x| x.to_le_bytes()).collect(),
            count: samples.len() as i64,
            offset: 0,
            dims: dims.iter().map(|&side| side as i64).collect(),
            strides,
        }
    }
}

impl Py {
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    pub(crate) fn zeros(dims: &[usize]) -> Self {
        Self::Tensor(View::row_major(&vec![0.0; dims.iter().product()], dims))
    }

    pub(crate) fn dict(pairs: impl IntoIterator<Item = (String, Py)>) -> Self {
        let pairs = pairs.into_iter();
        Self::Dict(pairs.map(|(key, value)| (Self::Text(key), value)).collect())
    }

    /// A state dict of zeros.
    pub(crate) fn state(shapes: &[(&str, &[usize])]) -> Self {
        let pairs = shapes.iter();
        Self::dict(pairs.map(|(name, dims)| ((*name).to_owned(), Self::zeros(dims))))
    }

    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Number(number) => {
                writer.code.push(0x8a);
                writer.code.push(8);
                writer.code.extend(number.to_le_bytes());
            }
            Self::Text(text) => {
                writer.code.push(b'X');
                writer.code.extend((text.len() as u32).to_le_bytes());
                writer.code.extend(text.bytes());
            }
            Self::Dict(pairs) => {
                writer.global("collections", "OrderedDict");
                writer.code.extend(b")R(");
                for (key, value) in pairs {
                    key.write(writer);
                    value.write(writer);
                }
                writer.code.push(b'u');
            }
            Self::List(items) => {
                writer.code.extend(b"](");
                writer.all(items);
                writer.code.push(b'e');
            }
            Self::Call(module, name, arguments) => {
                writer.global(module, name);
                writer.tuple(arguments);
                writer.code.push(b'R');
            }
            Self::Instance(attributes) => {
                // The older form names a module's class together with its source.
                writer.code.push(b'(');
                Py::text("module").write(writer);
                writer.global("models.net", "Net");
                Py::text("net.py").write(writer);
                writer.code.extend(b"NtQ)\x81");
                attributes.write(writer);
                writer.code.push(b'b');
            }
            Self::Raw(code) => writer.code.extend(code),
            Self::Tensor(view) => writer.view(view),
        }
    }
}

#[derive(Default)]
struct Writer {
    code: Vec<u8>,
    storages: Vec<(Vec<u8>, i64)>,
}

impl Writer {
    fn global(&mut self, module: &str, name: &str) {
        self.code.extend(format!("c{module}\n{name}\n").bytes());
    }

    fn all(&mut self, items: &[Py]) {
        for item in items {
            item.write(self);
        }
    }

    fn tuple(&mut self, items: &[Py]) {
        self.code.push(b'(');
        self.all(items);
        self.code.push(b't');
    }

    fn view(&mut self, view: &View) {
        self.global("torch._utils", "_rebuild_tensor_v2");
        self.code.extend(b"((");
        Py::text("storage").write(self);
        self.global("torch", view.class);
        Py::Text(self.storages.len().to_string()).write(self);
        Py::text("cpu").write(self);
        Py::Number(view.count).write(self);
        self.code.extend(b"tQ");
        self.storages.push((view.numbers.clone(), view.count));
        Py::Number(view.offset).write(self);
        for sizes in [&view.dims, &view.strides] {
            let sizes: Vec<Py> = sizes.iter().map(|&size| Py::Number(size)).collect();
            self.tuple(&sizes);
        }
        self.code.extend(b"\x89)tR");
    }
}

fn written(value: &Py) -> Writer {
    let mut writer = Writer::default();
    writer.code.extend(b"\x80\x02");
    value.write(&mut writer);
    writer.code.push(b'.');
    writer
}

/// A checkpoint as PyTorch writes it since version 1.6.
pub(crate) fn archive(value: &Py) -> Vec<u8> {
    let writer = written(value);
    let mut files = vec![
        ("model/data.pkl".to_owned(), writer.code),
        ("model/byteorder".to_owned(), b"little".to_vec()),
    ];
    let storages = writer.storages.into_iter().enumerate();
    files.extend(storages.map(|(key, (numbers, _))| (format!("model/data/{key}"), numbers)));
    zip(&files, 0)
}

/// A zip archive of files, said to be compressed by a method (0 for none).
pub(crate) fn zip(files: &[(String, Vec<u8>)], method: u16) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut directory = Vec::new();
    for (name, content) in files {
        let start = bytes.len() as u32;
        // Version, flags, method, time, date, no checksum, both sizes and the name's length.
        let mut facts = vec![0, 0];
        facts.extend(method.to_le_bytes());
        facts.extend([0; 8]);
        facts.extend([(content.len() as u32).to_le_bytes(); 2].concat());
        facts.extend((name.len() as u16).to_le_bytes());
        facts.extend([0, 0]);
        bytes.extend(b"PK\x03\x04\x14\x00");
        bytes.extend(&facts);
        bytes.extend(name.bytes());
        bytes.extend(content);
        directory.extend(b"PK\x01\x02\x14\x00\x14\x00");
        directory.extend(&facts);
        directory.extend([0; 10]);
        directory.extend(start.to_le_bytes());
        directory.extend(name.bytes());
    }
    let start = bytes.len() as u32;
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\x00\x00\x00\x00");
    bytes.extend([(files.len() as u16).to_le_bytes(); 2].concat());
    bytes.extend((directory.len() as u32).to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

/// A checkpoint as PyTorch wrote it before version 1.6.
pub(crate) fn legacy(value: &Py) -> Vec<u8> {
    let mut bytes = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.".to_vec();
    bytes.extend(written(&Py::Number(1001)).code);
    bytes.extend(written(&Py::dict([("little_endian".to_owned(), Py::Number(1))])).code);
    let writer = written(value);
    bytes.extend(writer.code);
    let keys = (0..writer.storages.len()).map(|key| Py::Text(key.to_string()));
    bytes.extend(written(&Py::List(keys.collect())).code);
    for (numbers, count) in writer.storages {
        bytes.extend(count.to_le_bytes());
        bytes.extend(numbers);
    }
    bytes
}
