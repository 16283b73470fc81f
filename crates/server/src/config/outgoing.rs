//! What requests to others may reach.

use std::net::IpAddr;

use outgoing::{IpNet, Settings};

use super::Problem;
use crate::options::Options;

/// The word for all private networks.
const PRIVATE: &str = "private";

pub(super) fn settings(options: &Options) -> Result<Settings, Problem> {
    let mut settings = Settings {
        allow_http: options.outgoing_http.unwrap_or(false),
        authorities: authorities(options)?,
        ..Settings::default()
    };
    for text in options.outgoing_networks.iter().flatten() {
        match text.trim() {
            PRIVATE => settings.allow_private = true,
            network => settings.allowed_networks.push(parse(network)?),
        }
    }
    settings.check().map_err(|error| Problem::new("outgoing_ca_file", error.to_string()))?;
    Ok(settings)
}

fn authorities(options: &Options) -> Result<Option<String>, Problem> {
    let Some(path) = &options.outgoing_ca_file else { return Ok(None) };
    std::fs::read_to_string(path).map(Some).map_err(|error| {
        Problem::new("outgoing_ca_file", format!("can't read {}: {error}", path.display()))
    })
}

fn parse(text: &str) -> Result<IpNet, Problem> {
    text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).map_err(|_| {
        Problem::new(
            "outgoing_networks",
            format!("\"{text}\" is neither an address, nor a network such as 10.0.0.0/8, nor \"private\""),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(networks: &[&str]) -> Result<Settings, Problem> {
        let networks = networks.iter().map(|network| (*network).to_owned()).collect();
        settings(&Options { outgoing_networks: Some(networks), ..Options::default() })
    }

    #[test]
    fn networks_are_listed_or_all_private_ones() {
        let defaults = settings(&Options::default()).unwrap();
        assert!(!defaults.allow_private && !defaults.allow_http);
        assert!(defaults.allowed_networks.is_empty());
        let some = read(&["10.0.0.0/8", " 192.168.1.1 ", "fd00::/8"]).unwrap();
        assert_eq!((some.allow_private, some.allowed_networks.len()), (false, 3));
        assert!(read(&["private"]).unwrap().allow_private);
        assert_eq!(read(&["intranet"]).unwrap_err().key, "outgoing_networks");
    }

    #[test]
    fn authorities_must_be_there_and_be_authorities() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let options = Options { outgoing_ca_file: Some(path.clone()), ..Options::default() };
        assert!(settings(&options).unwrap_err().text.contains("can't read"));
        std::fs::write(&path, "nonsense").unwrap();
        assert!(settings(&options).unwrap_err().text.contains("no certificate"));
        let own = rcgen::generate_simple_self_signed(["a.test".to_owned()]).unwrap();
        std::fs::write(&path, own.cert.pem()).unwrap();
        assert!(settings(&options).is_ok());
    }
}
