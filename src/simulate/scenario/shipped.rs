/// The days that come with the program, by name.
const SHIPPED: [(&str, &str); 2] = [
    (
        "winter-monday",
        include_str!("../../../scenarios/winter-monday.toml"),
    ),
    (
        "ordinary-day",
        include_str!("../../../scenarios/ordinary-day.toml"),
    ),
];

/// The text of a day that comes with the program; none of any other name.
pub fn shipped(name: &str) -> Option<&'static str> {
    let found = SHIPPED.iter().find(|(known, _)| *known == name);
    found.map(|(_, text)| *text)
}
