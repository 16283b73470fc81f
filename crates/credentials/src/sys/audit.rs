//! Audit devices: `audit` and `audit-hash`.

use barrier::random_bytes;
use identity::audit;
use serde_json::{Map, Value, json};

use crate::{
    Operation,
    backend::{Answer, Call},
    devices::{self, Device, Target},
    fault::Fault,
    framework::{Field, FieldKind, PathDefinition, Pattern, Piece},
    response::Response,
    store,
};

const FIELDS: &[Field] = &[
    Field { name: "path", kind: FieldKind::Text, description: "What the device is called." },
    Field { name: "type", kind: FieldKind::Text, description: "file." },
    Field {
        name: "description",
        kind: FieldKind::Text,
        description: "What people shall know about it.",
    },
    Field {
        name: "options",
        kind: FieldKind::Pairs,
        description: "file_path: a file in the folder that the server's settings name. prefix, \
                      mode, hmac_accessor: as they say.",
    },
    Field {
        name: "local",
        kind: FieldKind::Boolean,
        description: "Without effect: there is nothing to replicate to.",
    },
];
const HASH: &[Field] = &[
    Field { name: "path", kind: FieldKind::Text, description: "What the device is called." },
    Field { name: "input", kind: FieldKind::Text, description: "The value to hash." },
];

pub(super) static PATHS: [PathDefinition; 3] = [
    PathDefinition::new(
        "audit.hash",
        Pattern(&[Piece::Is("audit-hash"), Piece::Rest("path")]),
        HASH,
        &[Operation::Update],
        "Hashes a value as a device does.",
        "Answers with what stands for a value in a device's records, to look for it there.",
    ),
    PathDefinition::new(
        "audit.list",
        Pattern(&[Piece::Is("audit")]),
        &[],
        &[Operation::Read],
        "The audit devices.",
        "Lists where requests and their answers are written down.",
    )
    .sudo(),
    PathDefinition::new(
        "audit.one",
        Pattern(&[Piece::Is("audit"), Piece::Rest("path")]),
        FIELDS,
        &[Operation::Update, Operation::Delete],
        "An audit device.",
        "Begins or ends to write requests and their answers down. While no device can be written \
         to and there is one, nothing is answered.",
    )
    .sudo(),
];

pub(super) async fn answer(call: &Call<'_>) -> Answer {
    match (call.path.name, call.operation) {
        ("audit.list", _) => list(call).await,
        ("audit.hash", _) => hash(call),
        (_, Operation::Delete) => disable(call).await,
        _ => enable(call).await,
    }
}

fn path_of(call: &Call<'_>) -> Result<String, Fault> {
    Ok(format!("{}/", call.input.text_or_empty("path")?.trim_matches('/')))
}

async fn list(call: &Call<'_>) -> Answer {
    let devices = call.core.db().read(store::list_devices).await?;
    let shown = |device: Device| {
        let document = json!({
            "type": device.kind,
            "description": device.description,
            "options": device.options,
            "local": false,
            "path": device.path,
        });
        (device.path, document)
    };
    let rows: Map<String, Value> = devices.into_iter().map(shown).collect();
    Ok(Some(Response::data(Value::Object(rows)).flat()))
}

async fn enable(call: &Call<'_>) -> Answer {
    let path = path_of(call)?;
    let kind = call.input.text_or_empty("type")?;
    let options = call.input.pairs("options")?.unwrap_or_default();
    let salt = random_bytes::<32>();
    let device = Device {
        salt: call.core.seal().key()?.seal(Device::place(&path).as_bytes(), &salt)?,
        path,
        kind,
        description: call.input.text_or_empty("description")?,
        options: options.into_iter().map(|(name, value)| (name, Value::String(value))).collect(),
    };
    // What is taken is said before the file is touched.
    require_free(&call.core.db().read(store::list_devices).await?, &device)?;
    if device.kind != "file" {
        return Err(Fault::refused(format!("unknown backend type: {:?}", device.kind)));
    }
    let target = Target::of(&device, call.core.settings().audit_dir.as_deref());
    let target = target.map_err(Fault::Refused)?;
    let probe = devices::probe(call.context.now).to_string();
    devices::test(target, probe).await.map_err(Fault::Refused)?;
    let context = call.context.clone();
    let added = call.core.db().write(move |tx| {
        tx.lock(&crate::sql::LOCK_GENERATION, &[])?;
        if let Err(fault) = require_free(&store::list_devices(tx)?, &device) {
            return Ok(Err(fault));
        }
        store::insert_device(tx, &device, context.now)?;
        let event = audit::Event::new("create", "credential-audit-devices", &device.path);
        audit::record(tx, &context, &event)?;
        Ok(Ok(()))
    });
    added.await??;
    Ok(None)
}

/// No device is called the same, or as something below or above it.
fn require_free(others: &[Device], device: &Device) -> Result<(), Fault> {
    let meets = |other: &Device| {
        other.path.starts_with(&device.path) || device.path.starts_with(&other.path)
    };
    if others.iter().any(meets) { Err(Fault::refused("path already in use")) } else { Ok(()) }
}

async fn disable(call: &Call<'_>) -> Answer {
    let (path, context) = (path_of(call)?, call.context.clone());
    call.core
        .db()
        .write(move |tx| {
            if store::delete_device(tx, &path)? {
                let event = audit::Event::new("delete", "credential-audit-devices", &path);
                audit::record(tx, &context, &event)?;
            }
            Ok(())
        })
        .await?;
    Ok(None)
}

fn hash(call: &Call<'_>) -> Answer {
    let input = call.input.text_or_empty("input")?;
    if input.is_empty() {
        return Err(Fault::refused("the \"input\" parameter is empty"));
    }
    let path = path_of(call)?;
    let known = call.core.known();
    let device = known.devices.iter().find(|device| device.path == path);
    let device = device.ok_or_else(|| Fault::refused(format!("unknown audit backend {path:?}")))?;
    let hash = device.hasher(&call.core.seal().key()?)?.text(&input);
    Ok(Some(Response::data(json!({ "hash": hash })).flat()))
}
