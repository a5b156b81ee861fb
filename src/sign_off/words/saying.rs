/// So many names stand in a sentence; of the others it is said how many they are.
const NAMED: usize = 60;

/// What is said of one thing, before those that are alike are put together.
pub(super) struct Saying {
    /// Of which differences it speaks.
    pub(super) covers: Vec<usize>,
    one: String,
    alike: Option<Alike>,
}

/// How it is said of several.
struct Alike {
    /// What they are: "services".
    kind: &'static str,
    /// What is said of all of them: "now close at 18:00".
    says: String,
    /// Which this one is.
    name: String,
}

/// Something said of one, and of several.
pub(super) struct Phrase {
    pub(super) one: String,
    pub(super) many: String,
}

impl Saying {
    pub(super) fn new(place: usize, text: String) -> Self {
        Saying {
            covers: vec![place],
            one: text,
            alike: None,
        }
    }

    /// The same is said of all things of a kind of which it is true.
    pub(super) fn alike(mut self, kind: &'static str, says: String, name: String) -> Self {
        self.alike = Some(Alike { kind, says, name });
        self
    }

    pub(super) fn covering(mut self, covers: Vec<usize>) -> Self {
        self.covers = covers;
        self
    }
}

/// The sentences, in the order of the first thing that each speaks of.
pub(super) fn joined(sayings: Vec<Saying>) -> Vec<(String, Vec<usize>)> {
    let mut groups: Vec<Vec<Saying>> = Vec::new();
    let mut known = std::collections::HashMap::new();
    for saying in sayings {
        let key = saying
            .alike
            .as_ref()
            .map(|alike| (alike.kind, alike.says.clone()));
        let Some(key) = key else {
            groups.push(vec![saying]);
            continue;
        };
        let place = *known.entry(key).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(saying),
            None => groups.push(vec![saying]),
        }
    }
    groups.into_iter().map(together).collect()
}

fn together(group: Vec<Saying>) -> (String, Vec<usize>) {
    let covers: Vec<usize> = group
        .iter()
        .flat_map(|saying| saying.covers.clone())
        .collect();
    let count = group.len();
    let mut all = group.into_iter();
    let Some(first) = all.next() else {
        return (String::new(), covers);
    };
    let Some(alike) = first.alike.filter(|_| count > 1) else {
        return (first.one, covers);
    };
    let others = all.filter_map(|saying| Some(saying.alike?.name));
    let names: Vec<String> = std::iter::once(alike.name)
        .chain(others)
        .take(NAMED)
        .collect();
    let more = match count.saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let (kind, says) = (alike.kind, alike.says);
    (
        format!("{count} {kind} {says}: {}{more}", names.join(", ")),
        covers,
    )
}
