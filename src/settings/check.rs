use std::collections::HashSet;
use std::ops::Range;
use std::time::Duration;

use toml::Spanned;

use crate::diagnostic::Problem;

use super::{DeskRole, Passwords, Settings, Transport};

/// Pairs of ports that only calls to 999 may take.
pub const KEPT_FOR_EMERGENCIES: u32 = 50;
/// Pairs that callers leave over: for calls to 999, and as many for those by which staff steer.
const LEFT_OVER: u32 = 2 * KEPT_FOR_EMERGENCIES;
/// Music between two announcements is no shorter than this, in seconds.
const SHORTEST_MUSIC: u64 = 10;
/// Digest algorithms that we know.
const ALGORITHMS: [&str; 2] = ["SHA-256", "MD5"];

impl Settings {
    /// What is wrong with the settings' sense, each with its place.
    pub fn check(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        self.check_listeners(&mut problems);
        self.check_trunks(&mut problems);
        self.check_accounts(&mut problems);
        self.check_codes(&mut problems);
        self.check_passwords(&mut problems);
        self.check_sound(&mut problems);
        self.check_ports(&mut problems);
        self.check_announcements(&mut problems);
        self.check_callbacks(&mut problems);
        self.check_lease(&mut problems);
        self.check_store(&mut problems);
        self.check_webhook(&mut problems);
        self.check_again(&mut problems);
        self.check_report(&mut problems);
        self.check_sign_off(&mut problems);
        problems
    }

    /// The passwords from every place where they may stand. `environment` looks up a variable.
    pub fn passwords(
        &self,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Passwords, Problem> {
        let mut passwords = Passwords::default();
        for (name, password) in self.sign_ins() {
            if let Some(password) = password {
                passwords.insert(name.get_ref(), password.get_ref());
            }
        }
        if let Some(file) = &self.sip.passwords {
            let file = self.path(file);
            let read = passwords.read_file(&file);
            read.map_err(|error| Problem::with_file(&file, error.to_string()))?;
        }
        let people = self.sign_ins().map(|(name, _)| name.get_ref().clone());
        let trunks = self.trunk.iter().flat_map(|t| t.ask.iter().chain(&t.give));
        let users = people.chain(trunks.map(|c| c.username.get_ref().clone()));
        passwords.read_environment(users, environment);
        Ok(passwords)
    }

    /// A problem whose line is not to be shown.
    pub(super) fn problem_without_line(&self, message: impl Into<String>) -> Problem {
        let file = self
            .source
            .as_ref()
            .map_or(self.folder.as_path(), |source| source.path());
        Problem::with_file(file, message)
    }

    /// A problem at a byte range of the settings.
    pub(crate) fn problem(&self, span: Range<usize>, message: impl Into<String>) -> Problem {
        match &self.source {
            Some(source) => source.problem(span, message),
            None => Problem::with_file(&self.folder, message),
        }
    }

    fn check_listeners(&self, problems: &mut Vec<Problem>) {
        let listen = &self.sip.listen;
        if listen.get_ref().is_empty() {
            problems.push(self.problem(listen.span(), "no address to listen on for SIP"));
        }
        let mut seen = HashSet::new();
        for address in listen.get_ref().iter().filter(|l| !seen.insert(**l)) {
            problems.push(self.problem(listen.span(), format!("`{address}` stands twice")));
        }
        for address in listen
            .get_ref()
            .iter()
            .filter(|l| l.address.ip().is_unspecified())
        {
            let message = format!(
                "`{address}` is every address of this machine, and no peer can send to that"
            );
            let problem = self.problem(listen.span(), message);
            problems.push(
                problem
                    .help("write the address that peers see, one by one where there are several"),
            );
        }
        let by_udp = listen
            .get_ref()
            .iter()
            .filter(|l| l.transport == Transport::Udp);
        if by_udp.count() > 1 {
            let message = "more than one address for UDP: calls out would leave by the first one, whoever is called";
            let problem = self.problem(listen.span(), message);
            problems
                .push(problem.help("write one; a proxy in front of it serves several networks"));
        }
        let digest = &self.sip.digest;
        if digest.get_ref().is_empty() {
            problems.push(self.problem(digest.span(), "no digest algorithm"));
        }
        for name in digest.get_ref() {
            if !ALGORITHMS.contains(&name.as_str()) {
                let message = format!("`{name}` is no digest algorithm that is known here");
                let problem = self.problem(digest.span(), message);
                problems.push(problem.help("write SHA-256 or MD5"));
            }
        }
        if self.service.numbers.get_ref().is_empty() {
            let message = "no dialled number is answered";
            problems.push(self.problem(self.service.numbers.span(), message));
        }
    }

    fn check_sound(&self, problems: &mut Vec<Problem>) {
        let media = &self.media;
        if media.address.get_ref().is_unspecified() && media.advertise.is_none() {
            let message = "no peer can send its sound to every address of this machine";
            let problem = self.problem(media.address.span(), message);
            problems.push(problem.help("write the address that peers see, here or as `advertise`"));
        }
    }

    /// A call needs a pair of ports for the caller and one for whoever they talk to; those that are
    /// left over are for control rooms, several of which may be dialled at once.
    fn check_ports(&self, problems: &mut Vec<Problem>) {
        let range = &self.media.ports.0;
        let pairs = (u32::from(*range.end()) + 1).saturating_sub(u32::from(*range.start())) / 2;
        let calls = &self.service.calls;
        if calls.get_ref().saturating_mul(2).saturating_add(LEFT_OVER) > pairs {
            let message = format!(
                "{} calls may need more than the {pairs} pairs of ports that [media] has",
                calls.get_ref()
            );
            let most = pairs.saturating_sub(LEFT_OVER) / 2;
            let help = format!("write at most {most}, or give [media] more ports");
            problems.push(self.problem(calls.span(), message).help(help));
        }
    }

    fn check_announcements(&self, problems: &mut Vec<Problem>) {
        let announce = &self.queue.announce;
        for every in [&announce.every, &announce.every_by_relay] {
            let seconds = every.get_ref().get();
            if !seconds.is_zero() && seconds < Duration::from_secs(SHORTEST_MUSIC) {
                let message = "announcements that follow one another so fast leave no rest";
                let help = format!("write {SHORTEST_MUSIC} or more; 0 is none but the first words");
                problems.push(self.problem(every.span(), message).help(help));
            }
        }
    }

    /// What goes wrong here is told to nobody but whom it is meant for.
    fn check_webhook(&self, problems: &mut Vec<Problem>) {
        let Some(webhook) = &self.alert.webhook else {
            return;
        };
        if !webhook.get_ref().is_secure() && !webhook.get_ref().is_loopback() {
            let message = "alerts would go through a network that anybody can read along";
            let problem = self.problem(webhook.span(), message);
            problems.push(problem.help("write https://; http:// is for this machine alone"));
        }
    }

    fn check_trunks(&self, problems: &mut Vec<Problem>) {
        let mut names = HashSet::new();
        for trunk in &self.trunk {
            let name = trunk.name.get_ref();
            if !names.insert(name) {
                let message = format!("two trunks are called `{name}`");
                problems.push(self.problem(trunk.name.span(), message));
            }
            if trunk.control_room && trunk.from.is_empty() {
                let message = format!("nobody can call in by trunk `{name}` of control rooms");
                let problem = self.problem(trunk.name.span(), message);
                problems.push(problem.help("give it `from`, or leave `control-room` out"));
            }
            if trunk.control_room && *name == self.callback.trunk {
                let message =
                    format!("callers are rung by trunk `{name}`: it is not control rooms' own");
                let problem = self.problem(trunk.name.span(), message);
                problems.push(problem.help("give control rooms a trunk of their own"));
            }
            if !is_priority(&trunk.resource_priority) {
                let message = format!("trunk `{name}` has no such priority to give");
                let problem = self.problem(trunk.name.span(), message);
                problems.push(problem.help("write a namespace and a value, such as \"esnet.0\""));
            }
            if trunk.codecs.get_ref().is_empty() {
                let message = format!("trunk `{name}` has no codecs: nobody could be heard by it");
                let problem = self.problem(trunk.codecs.span(), message);
                let help = "write some of \"PCMA\", \"PCMU\", \"G722\", or leave the line out";
                problems.push(problem.help(help));
            }
            if trunk.peers.is_empty() && trunk.from.is_empty() {
                let message = format!("trunk `{name}` has neither peers nor sources of calls");
                let problem = self.problem(trunk.name.span(), message);
                problems.push(problem.help("give it `peers` for calls out, `from` for calls in"));
            }
        }
        let callback = &self.callback.trunk;
        if self
            .trunk_named(callback)
            .is_none_or(|t| t.peers.is_empty())
        {
            let message = format!("callbacks go out by trunk `{callback}`, which takes no calls");
            problems.push(self.problem(0..0, message));
        }
    }

    /// All who sign in by name and password, and the password where it stands here.
    fn sign_ins(&self) -> impl Iterator<Item = (&Spanned<String>, Option<&Spanned<String>>)> {
        let accounts = self.account.iter();
        let accounts = accounts.map(|account| (&account.user, account.password.as_ref()));
        let users = self.user.iter();
        accounts.chain(users.map(|user| (&user.name, user.password.as_ref())))
    }

    fn check_accounts(&self, problems: &mut Vec<Problem>) {
        let mut users = HashSet::new();
        for (name, password) in self.sign_ins() {
            let user = name.get_ref();
            if !users.insert(user) {
                let message = format!("two accounts are called `{user}`");
                problems.push(self.problem(name.span(), message));
            }
            if user.is_empty() || user.contains([':', ' ']) || user.chars().any(char::is_control) {
                let message = format!("nobody can sign in as `{user}`");
                let problem = self.problem(name.span(), message);
                problems.push(problem.help("write a name without colons and spaces"));
            }
            let Some(password) = password else {
                continue;
            };
            if !password.get_ref().starts_with("demo-") {
                let message = "a password must not stand in the settings";
                let help = format!(
                    "put it into the file that `passwords` in [sip] names, or into \
                     IVR111_PASSWORD_{user}"
                );
                problems.push(self.problem(password.span(), message).help(help));
            } else if !self.is_loopback_only() {
                let message = format!(
                    "account `{user}` has a demonstration password, but this server can be \
                     reached from outside this machine"
                );
                problems.push(self.problem(password.span(), message));
            }
        }
        let providers = self
            .user
            .iter()
            .filter(|user| user.role == DeskRole::Provider);
        for user in providers.filter(|user| user.provider.is_none()) {
            let message = format!(
                "nothing says whose services `{}` answers for",
                user.name.get_ref()
            );
            let problem = self.problem(user.name.span(), message);
            problems.push(problem.help("write `provider = \"…\"`, as the directory names it"));
        }
    }

    fn check_passwords(&self, problems: &mut Vec<Problem>) {
        let passwords = match self.passwords(|name| std::env::var(name).ok()) {
            Ok(passwords) => passwords,
            Err(problem) => return problems.push(problem),
        };
        let trunks = self.trunk.iter().flat_map(|t| t.ask.iter().chain(&t.give));
        let users = self.sign_ins().map(|(name, _)| name);
        for user in users.chain(trunks.map(|c| &c.username)) {
            if passwords.of(user.get_ref()).is_none() {
                let message = format!("there is no password for `{}`", user.get_ref());
                problems.push(self.problem(user.span(), message));
            }
        }
    }
}

/// Whether a text is a Resource-Priority (RFC 4412 section 3.1), or empty.
fn is_priority(text: &str) -> bool {
    let is_token = |part: &str| {
        let mut chars = part.chars();
        !part.is_empty() && chars.all(|c| c.is_ascii_alphanumeric() || "-!%*_+`'~".contains(c))
    };
    let parts = text.split_once('.');
    text.is_empty() || parts.is_some_and(|(space, value)| is_token(space) && is_token(value))
}

#[cfg(test)]
mod tests {
    use super::super::{AnnounceSettings, Settings};
    use crate::diagnostic::Source;
    use crate::queue::announcer;

    const SHIPPED: &str = include_str!("../../ivr111.toml");

    fn problems(text: &str) -> Vec<String> {
        let settings = Settings::parse(Source::new("ivr111.toml", text)).unwrap();
        settings.check().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_shipped_settings_are_sound() {
        assert_eq!(problems(SHIPPED), Vec::<String>::new());
    }

    #[test]
    fn demonstration_passwords_stay_on_loopback() {
        let open = SHIPPED.replace("udp:127.0.0.1:5060", "udp:192.0.2.1:5060");
        let found = problems(&open);
        assert_eq!(found.len(), 9, "{found:?}");
        assert!(found[0].contains("account `1001` has a demonstration password"));
    }

    #[test]
    fn peers_are_told_an_address_that_they_can_send_to() {
        let every = SHIPPED.replace("udp:127.0.0.1:5060", "udp:0.0.0.0:5060");
        let found = problems(&every);
        assert!(
            found[0].contains("`udp:0.0.0.0:5060` is every address"),
            "{found:?}"
        );
        let sound = SHIPPED.replace("address = \"127.0.0.1\"", "address = \"0.0.0.0\"");
        assert!(problems(&sound)[0].contains("no peer can send its sound"));
        let told = sound.replace("# advertise =", "advertise =");
        assert!(problems(&told).iter().all(|p| !p.contains("its sound")));
    }

    #[test]
    fn there_is_one_address_for_udp() {
        let two = SHIPPED.replace("\"tcp:127.0.0.1:5060\"", "\"udp:127.0.0.1:5070\"");
        assert!(problems(&two)[0].contains("more than one address for UDP"));
    }

    #[test]
    fn announcements_leave_some_rest() {
        let with = |every: &str| problems(&SHIPPED.replace("\nevery = 60\n", every));
        assert!(with("\nevery = 0\n").is_empty() && with("\nevery = 10\n").is_empty());
        assert!(with("\nevery = 9.5\n")[0].contains("leave no rest"));
    }

    #[test]
    fn what_is_shipped_for_announcements_is_what_an_announcer_does_by_itself() {
        let shipped = Settings::parse(Source::new("ivr111.toml", SHIPPED)).unwrap();
        let left_out = AnnounceSettings::default();
        for settings in [shipped.queue.announce, left_out] {
            assert_eq!(settings.times(), announcer::Settings::default());
            assert!(settings.offer_keep);
        }
    }

    #[test]
    fn other_passwords_do_not_stand_in_the_settings() {
        let found = problems(&SHIPPED.replace("demo-1002", "hunter2"));
        assert!(
            found[0].contains("must not stand in the settings"),
            "{found:?}"
        );
    }

    #[test]
    fn names_are_unique_and_algorithms_known() {
        let twice = SHIPPED.replace("name = \"operator-999\"", "name = \"carrier\"");
        assert!(problems(&twice)[0].contains("two trunks are called `carrier`"));
        let digest = SHIPPED.replace("\"SHA-256\", \"MD5\"", "\"SHA-1\"");
        assert!(problems(&digest)[0].contains("`SHA-1` is no digest algorithm"));
    }

    #[test]
    fn a_trunk_has_codecs_and_only_those_that_there_are() {
        let with = |codecs: &str| SHIPPED.replace(r#"["PCMA", "PCMU", "G722"]"#, codecs);
        assert!(problems(&with("[]"))[0].contains("trunk `carrier` has no codecs"));
        assert!(problems(&with(r#"["G722"]"#)).is_empty());
        let unknown = Source::new("ivr111.toml", with(r#"["G729"]"#));
        let problem = Settings::parse(unknown).unwrap_err();
        assert!(problem.to_string().contains("G729"), "{problem}");
    }

    #[test]
    fn alerts_leave_this_machine_by_https_alone() {
        let with = |to: &str| {
            problems(&SHIPPED.replace("[alert]", &format!("[alert]\nwebhook = \"{to}\"")))
        };
        assert!(with("https://alerts.example.net/in").is_empty());
        assert!(with("http://127.0.0.1:9000/in").is_empty());
        let found = with("http://alerts.example.net/in");
        assert!(found[0].contains("anybody can read along"), "{found:?}");
    }

    #[test]
    fn control_rooms_call_in_by_a_trunk_of_their_own() {
        let with = |trunk: &str, more: &str| {
            let name = format!("name = \"{trunk}\"");
            problems(&SHIPPED.replace(&name, &format!("{name}\ncontrol-room = true{more}")))
        };
        let from = "\nfrom = [\"192.0.2.1\"]";
        assert!(with("operator-999", from).is_empty());
        assert!(with("operator-999", "")[0].contains("nobody can call in"));
        assert!(with("carrier", "")[0].contains("not control rooms' own"));
    }

    #[test]
    fn a_priority_has_a_namespace_and_a_value() {
        let with = |priority: &str| {
            let trunk = "name = \"operator-999\"";
            problems(&SHIPPED.replace(
                trunk,
                &format!("{trunk}\nresource-priority = \"{priority}\""),
            ))
        };
        assert!(with("esnet.0").is_empty() && with("").is_empty());
        assert!(with("esnet")[0].contains("no such priority"));
        assert!(with("esnet.0 x")[0].contains("no such priority"));
    }

    #[test]
    fn an_unknown_key_is_placed_and_named() {
        let wrong = SHIPPED.replace("realm =", "relam =");
        let problem = Settings::parse(Source::new("ivr111.toml", wrong)).unwrap_err();
        assert!(problem.line > 1);
        assert_eq!(problem.help.as_deref(), Some("did you mean `realm`?"));
    }
}
