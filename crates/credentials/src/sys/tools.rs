//! Small services: `tools/random` and `tools/hash`.

use barrier::Digest;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;

use crate::{
    Operation,
    backend::{Answer, Call},
    fault::Fault,
    framework::{Field, FieldKind, PathDefinition, Pattern, Piece},
    response::Response,
};

/// As many bytes as are given at once.
const MOST: i64 = 131_072;
const USUAL: i64 = 32;

const RANDOM: &[Field] = &[
    Field { name: "urlbytes", kind: FieldKind::Text, description: "How many bytes, in the path." },
    Field {
        name: "bytes",
        kind: FieldKind::Integer,
        description: "How many bytes. 32 unless said.",
    },
    Field { name: "format", kind: FieldKind::Text, description: "base64, or hex." },
    Field {
        name: "source",
        kind: FieldKind::Text,
        description: "Without effect: all come from the same source.",
    },
];
const HASH: &[Field] = &[
    Field { name: "urlalgorithm", kind: FieldKind::Text, description: "How, in the path." },
    Field {
        name: "algorithm",
        kind: FieldKind::Text,
        description: "sha2-224, sha2-256, sha2-384, sha2-512, sha3-256, sha3-384 or sha3-512. \
                      sha2-256 unless said.",
    },
    Field { name: "input", kind: FieldKind::Text, description: "What to hash, in base64." },
    Field { name: "format", kind: FieldKind::Text, description: "hex, or base64." },
];
const UPDATE: &[Operation] = &[Operation::Update];

const RANDOM_SYNOPSIS: &str = "Random bytes.";
const RANDOM_DESCRIPTION: &str = "Gives bytes that nobody can guess.";
const HASH_SYNOPSIS: &str = "Hashes something.";
const HASH_DESCRIPTION: &str = "Gives the hash of what is sent.";

const fn at(
    name: &'static str,
    pieces: &'static [Piece],
    fields: &'static [Field],
    synopsis: &'static str,
    description: &'static str,
) -> PathDefinition {
    PathDefinition::new(name, Pattern(pieces), fields, UPDATE, synopsis, description)
}

pub(super) static PATHS: [PathDefinition; 5] = [
    at(
        "tools.random",
        &[Piece::Is("tools"), Piece::Is("random"), Piece::Any("source"), Piece::Any("urlbytes")],
        RANDOM,
        RANDOM_SYNOPSIS,
        RANDOM_DESCRIPTION,
    ),
    at(
        "tools.random",
        &[Piece::Is("tools"), Piece::Is("random"), Piece::Any("urlbytes")],
        RANDOM,
        RANDOM_SYNOPSIS,
        RANDOM_DESCRIPTION,
    ),
    at(
        "tools.random",
        &[Piece::Is("tools"), Piece::Is("random"), Piece::MaybeSlash],
        RANDOM,
        RANDOM_SYNOPSIS,
        RANDOM_DESCRIPTION,
    ),
    at(
        "tools.hash",
        &[Piece::Is("tools"), Piece::Is("hash"), Piece::Any("urlalgorithm")],
        HASH,
        HASH_SYNOPSIS,
        HASH_DESCRIPTION,
    ),
    at(
        "tools.hash",
        &[Piece::Is("tools"), Piece::Is("hash"), Piece::MaybeSlash],
        HASH,
        HASH_SYNOPSIS,
        HASH_DESCRIPTION,
    ),
];

pub(super) fn answer(call: &Call<'_>) -> Answer {
    match call.path.name {
        "tools.random" => random(call),
        _ => hash(call),
    }
}

fn random(call: &Call<'_>) -> Answer {
    let mut in_path = call.input.text_or_empty("urlbytes")?;
    let mut source = call.input.text_or_empty("source")?;
    if matches!(in_path.as_str(), "platform" | "seal" | "all") {
        // A source alone.
        source = std::mem::take(&mut in_path);
    }
    if !matches!(source.as_str(), "" | "platform" | "seal" | "all") {
        return Err(Fault::refused(format!(
            "unsupported entropy source {source:?}; must be \"platform\" or \"seal\", or \"all\""
        )));
    }
    let bytes = if in_path.is_empty() {
        call.input.integer("bytes")?.unwrap_or(USUAL)
    } else {
        in_path.parse().map_err(|_| {
            Fault::refused(format!(
                "error parsing url-set byte count: strconv.Atoi: parsing {in_path:?}: invalid \
                 syntax"
            ))
        })?
    };
    if bytes < 1 {
        return Err(Fault::refused("'bytes' cannot be less than 1"));
    }
    if bytes > MOST {
        return Err(Fault::refused(format!("'bytes' should be less than {MOST}")));
    }
    let mut random = vec![0; usize::try_from(bytes).unwrap_or_default()];
    barrier::fill_random(&mut random);
    let text = match call.input.text_or_empty("format")?.as_str() {
        "" | "base64" => STANDARD.encode(&random),
        "hex" => barrier::hex(&random),
        other => {
            return Err(Fault::refused(format!(
                "unsupported encoding format {other:?}; must be \"hex\" or \"base64\""
            )));
        }
    };
    let response = Response::data(json!({ "random_bytes": text }));
    Ok(Some(if source == "seal" {
        response.warn("no seal/entropy augmentation available, using platform entropy source")
    } else {
        response
    }))
}

fn hash(call: &Call<'_>) -> Answer {
    let input = STANDARD.decode(call.input.text_or_empty("input")?).map_err(|error| {
        let place = match error {
            base64::DecodeError::InvalidByte(place, _)
            | base64::DecodeError::InvalidLastSymbol(place, _) => place,
            base64::DecodeError::InvalidLength(length) => length,
            base64::DecodeError::InvalidPadding => 0,
        };
        Fault::refused(format!(
            "unable to decode input as base64: illegal base64 data at input byte {place}"
        ))
    })?;
    let format = call.input.text_or_empty("format")?;
    if !matches!(format.as_str(), "" | "hex" | "base64") {
        return Err(Fault::refused(format!(
            "unsupported encoding format {format}; must be \"hex\" or \"base64\""
        )));
    }
    let algorithm = match call.input.text_or_empty("urlalgorithm")? {
        in_path if in_path.is_empty() => call.input.text_or_empty("algorithm")?,
        in_path => in_path,
    };
    let digest = match algorithm.as_str() {
        "" => Digest::Sha256,
        name => Digest::parse(name)
            .ok_or_else(|| Fault::refused(format!("unsupported algorithm {name}")))?,
    };
    let sum = digest.of(&input);
    let text = if format == "base64" { STANDARD.encode(&sum) } else { barrier::hex(&sum) };
    Ok(Some(Response::data(json!({ "sum": text }))))
}
