//! The summary of a state's resources, as it is kept (sealed) beside the state.
//!
//! Two parts: a *head* with what every answer about the version shows, ready as JSON, and a
//! *body* with one line per resource, compressed when it is long, that is read page by page. So
//! the summary of a state with a hundred thousand resources is made and read in little memory.

use std::{
    collections::BTreeMap,
    io::{self, BufRead, BufReader, Read, Write as _},
};

use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use kernel::{Error, Page, PageRequest};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::scan::{IndexKey, Mode, resources::ScannedResource};

/// Longer bodies are compressed.
const PLAIN: usize = 16 << 10;
/// Longer compressed bodies are cut: what does not fit is counted, and not listed.
const LONGEST: usize = 4 << 20;
/// How many resources, modules and providers the head lists.
const LISTED: usize = 1_000;
/// What the vendor calls the module of all modules.
pub const ROOT: &str = "root";

/// A summary before it is sealed.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    /// The encoded form.
    pub(crate) bytes: Vec<u8>,
    /// How many managed instances there are.
    pub(crate) managed: u64,
}

/// What answers about a version show of its resources.
#[derive(Debug, Deserialize)]
pub(crate) struct Head {
    /// Per module, how many resources of which type.
    pub(crate) modules: Box<RawValue>,
    /// Per provider, how many resources of which type.
    pub(crate) providers: Box<RawValue>,
    /// The first resources.
    pub(crate) resources: Box<RawValue>,
    /// How many instances the body lists.
    pub(crate) instances: u64,
}

/// Makes a summary, resource by resource.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    modules: BTreeMap<String, BTreeMap<String, u64>>,
    providers: BTreeMap<String, BTreeMap<String, u64>>,
    resources: Vec<Listed>,
    instances: u64,
    managed: u64,
    body: Body,
}

/// A resource in the head, in the vendor's words.
#[derive(Debug, Serialize)]
struct Listed {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    count: u64,
    module: String,
    provider: String,
}

/// A line of the body: module, mode, type, name, provider, keys of the instances.
#[derive(Debug, Deserialize, Serialize)]
struct Line<'a>(
    #[serde(borrow)] std::borrow::Cow<'a, str>,
    Mode,
    std::borrow::Cow<'a, str>,
    std::borrow::Cow<'a, str>,
    std::borrow::Cow<'a, str>,
    Vec<Option<IndexKey>>,
);

/// One instance of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// The address, e.g. `module.network.aws_subnet.public["a"]`.
    pub address: String,
    /// Managed, or only read.
    pub mode: Mode,
    /// The resource type.
    pub kind: String,
    /// The resource's name.
    pub name: String,
    /// The module's address, or `root`.
    pub module: String,
    /// The provider as the state has it.
    pub provider: String,
    /// The instance's key, as it stands in the address.
    pub index: Option<String>,
}

impl Builder {
    /// Adds a resource.
    pub(crate) fn add(&mut self, resource: ScannedResource) {
        let ScannedResource { module, mode, kind, name, provider, instances } = resource;
        let module = module.unwrap_or_else(|| ROOT.to_owned());
        if mode == Mode::Managed {
            self.managed += instances.count;
        }
        let line = Line(
            (&module).into(),
            mode,
            (&kind).into(),
            (&name).into(),
            (&provider).into(),
            instances.keys,
        );
        if self.body.add(&line) {
            self.instances += line.5.len() as u64;
        }
        drop(line);
        let kind = if mode == Mode::Data { format!("data.{kind}") } else { kind };
        count(&mut self.modules, &module, &kind);
        count(&mut self.providers, &provider, &kind);
        if self.resources.len() < LISTED {
            self.resources.push(Listed { name, kind, count: instances.count, module, provider });
        }
    }

    /// The whole summary.
    pub(crate) fn finish(self) -> Summary {
        let head = serde_json::to_vec(&serde_json::json!({
            "modules": self.modules,
            "providers": self.providers,
            "resources": self.resources,
            "instances": self.instances,
        }))
        .unwrap_or_default();
        let (compressed, body) = self.body.finish();
        let mut bytes = Vec::with_capacity(5 + head.len() + body.len());
        bytes.push(u8::from(compressed));
        bytes.extend_from_slice(&u32::try_from(head.len()).unwrap_or(0).to_le_bytes());
        bytes.extend_from_slice(&head);
        bytes.extend_from_slice(&body);
        Summary { bytes, managed: self.managed }
    }
}

/// Counts a resource of `kind` in `place`. Types have dashes here, as on the vendor's wire.
fn count(counts: &mut BTreeMap<String, BTreeMap<String, u64>>, place: &str, kind: &str) {
    if counts.len() >= LISTED && !counts.contains_key(place) {
        return;
    }
    let kinds = counts.entry(place.to_owned()).or_default();
    let kind = kind.replace('_', "-");
    if kinds.len() < LISTED || kinds.contains_key(&kind) {
        *kinds.entry(kind).or_default() += 1;
    }
}

#[derive(Debug)]
enum Body {
    Plain(Vec<u8>),
    Compressed(DeflateEncoder<Vec<u8>>),
}

impl Default for Body {
    fn default() -> Self {
        Self::Plain(Vec::new())
    }
}

impl Body {
    /// Adds a line, unless the body is full.
    fn add(&mut self, line: &Line<'_>) -> bool {
        let Ok(mut text) = serde_json::to_vec(line) else { return false };
        text.push(b'\n');
        if let Self::Plain(plain) = self {
            if plain.len() + text.len() <= PLAIN {
                plain.extend_from_slice(&text);
                return true;
            }
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
            if encoder.write_all(plain).is_err() {
                return false;
            }
            *self = Self::Compressed(encoder);
        }
        match self {
            Self::Compressed(encoder) if encoder.get_ref().len() < LONGEST => {
                encoder.write_all(&text).is_ok()
            }
            Self::Compressed(_) | Self::Plain(_) => false,
        }
    }

    fn finish(self) -> (bool, Vec<u8>) {
        match self {
            Self::Plain(plain) => (false, plain),
            Self::Compressed(encoder) => (true, encoder.finish().unwrap_or_default()),
        }
    }
}

/// The two parts of an encoded summary.
fn parts(bytes: &[u8]) -> Option<(bool, &[u8], &[u8])> {
    let (flag, rest) = bytes.split_first()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (head, body) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    Some((*flag == 1, head, body))
}

/// The head of an encoded summary; none of an empty one, as opaque states have.
pub(crate) fn head(bytes: &[u8]) -> Option<Head> {
    let (_, head, _) = parts(bytes)?;
    serde_json::from_slice(head).ok()
}

/// One page of the instances of an encoded summary.
pub(crate) fn page(bytes: &[u8], request: PageRequest) -> Result<Page<Instance>, Error> {
    let Some((compressed, _, body)) = parts(bytes) else {
        return Ok(Page { items: Vec::new(), total: 0, request });
    };
    let total = head(bytes).map_or(0, |head| head.instances);
    let body: Box<dyn Read> =
        if compressed { Box::new(DeflateDecoder::new(body)) } else { Box::new(body) };
    let items = instances(body, request).map_err(|cause| {
        Error::internal(format!("the summary of a state's resources is unreadable: {cause}"))
    })?;
    Ok(Page { items, total, request })
}

fn instances(body: impl Read, request: PageRequest) -> io::Result<Vec<Instance>> {
    let mut skip = usize::try_from(request.offset()).unwrap_or(usize::MAX);
    let wanted = request.size() as usize;
    let mut items = Vec::new();
    for text in BufReader::new(body).lines() {
        let text = text?;
        let line: Line<'_> = serde_json::from_str(&text)?;
        let skipped = skip.min(line.5.len());
        skip -= skipped;
        let room = wanted - items.len();
        items.extend(
            line.5.iter().skip(skipped).take(room).map(|key| instance(&line, key.as_ref())),
        );
        if items.len() == wanted {
            break;
        }
    }
    Ok(items)
}

fn instance(line: &Line<'_>, key: Option<&IndexKey>) -> Instance {
    let Line(module, mode, kind, name, provider, _) = line;
    let index = key.map(|key| match key {
        IndexKey::Number(number) => number.to_string(),
        IndexKey::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
    });
    let mut address = String::new();
    if module != ROOT {
        address.push_str(module);
        address.push('.');
    }
    if *mode == Mode::Data {
        address.push_str("data.");
    }
    address.push_str(kind);
    address.push('.');
    address.push_str(name);
    if let Some(index) = &index {
        address.push('[');
        address.push_str(index);
        address.push(']');
    }
    Instance {
        address,
        mode: *mode,
        kind: kind.to_string(),
        name: name.to_string(),
        module: module.to_string(),
        provider: provider.to_string(),
        index,
    }
}
