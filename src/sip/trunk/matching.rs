use std::net::SocketAddr;

use crate::settings::Trunk;

/// The trunk that a request from `source` belongs to: the one with the narrowest match, a port
/// counting as narrower than none; among equals the first in the settings.
pub fn of_source(trunks: &[Trunk], source: SocketAddr) -> Option<&Trunk> {
    let mut best: Option<(&Trunk, (bool, u8))> = None;
    for trunk in trunks {
        let fits = trunk.from.iter().filter(|from| from.contains(source));
        let Some(narrowness) = fits.map(|from| from.narrowness()).max() else {
            continue;
        };
        if best.is_none_or(|(_, known)| narrowness > known) {
            best = Some((trunk, narrowness));
        }
    }
    best.map(|(trunk, _)| trunk)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trunks(text: &str) -> Vec<Trunk> {
        #[derive(serde::Deserialize)]
        struct All {
            trunk: Vec<Trunk>,
        }
        toml::from_str::<All>(text).unwrap().trunk
    }

    #[test]
    fn the_narrowest_match_wins_and_a_port_is_narrower_than_none() {
        let trunks = trunks(
            "[[trunk]]\nname = 'wide'\nfrom = ['0.0.0.0/0']\n\
             [[trunk]]\nname = 'network'\nfrom = ['192.0.2.0/24', '198.51.100.7']\n\
             [[trunk]]\nname = 'port'\nfrom = ['192.0.2.9:5070']\n\
             [[trunk]]\nname = 'later'\nfrom = ['192.0.2.0/24']\n",
        );
        let found = |source: &str| {
            let trunk = of_source(&trunks, source.parse().unwrap())?;
            Some(trunk.name.get_ref().as_str())
        };
        assert_eq!(found("203.0.113.1:5060"), Some("wide"));
        assert_eq!(found("192.0.2.9:5060"), Some("network"));
        assert_eq!(found("192.0.2.9:5070"), Some("port"));
        assert_eq!(found("[::ffff:198.51.100.7]:1"), Some("network"));
        assert_eq!(found("[2001:db8::1]:5060"), None);
    }
}
