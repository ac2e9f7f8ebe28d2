//! The one key map: what the keyboard does, what the help says of it, and what the palette offers.

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Help,
    Palette,
    OpenFiles,
    OpenFolder,
    NextRow,
    PreviousRow,
    /// The button that has the focus does it by itself.
    In,
    Out,
    /// Presses the first of these elements that is on the screen, by its id; a field gets the focus.
    Press(&'static [&'static str]),
}

/// Keys, and what they do.
#[derive(Debug, PartialEq, Eq)]
pub struct Binding {
    /// As `KeyboardEvent.key` names them, so that they lie where the person's layout has them; `Ctrl+` stands for
    /// the Mac's command key, too.
    pub keys: &'static [&'static str],
    pub action: Action,
    pub words: &'static str,
}

pub const MAP: [Binding; 14] = [
    Binding { keys: &["?"], action: Action::Help, words: "Show these keys" },
    Binding { keys: &["Ctrl+k"], action: Action::Palette, words: "Find an action or a database" },
    Binding { keys: &["o"], action: Action::OpenFiles, words: "Open files" },
    Binding { keys: &["O"], action: Action::OpenFolder, words: "Open a folder" },
    Binding { keys: &["/"], action: Action::Press(&["search"]), words: "Search" },
    Binding { keys: &["j", "ArrowDown"], action: Action::NextRow, words: "Next row" },
    Binding { keys: &["k", "ArrowUp"], action: Action::PreviousRow, words: "Previous row" },
    Binding { keys: &["Enter"], action: Action::In, words: "Open the row" },
    Binding {
        keys: &["Escape"],
        action: Action::Out,
        words: "Back out; on the first screen, cancel what is under way",
    },
    Binding {
        keys: &["v"],
        action: Action::Press(&["verify-file", "verify-chain", "verify-all", "verify-everything"]),
        words: "Verify",
    },
    Binding { keys: &["t"], action: Action::Press(&["point"]), words: "Choose a point in time" },
    Binding { keys: &["c"], action: Action::Press(&["compare"]), words: "Compare" },
    Binding { keys: &["e"], action: Action::Press(&["export", "export-json"]), words: "Export" },
    Binding {
        keys: &["d"],
        action: Action::Press(&["theme"]),
        words: "Next theme: light, dark, the system's",
    },
];

/// What has the focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// Something that takes text: keys write.
    Field,
    /// A row of a table; elsewhere arrows scroll.
    Row,
    Elsewhere,
}

/// How a key was struck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Struck {
    pub with_control: bool,
    pub focus: Focus,
    /// The person left the keys that are a character on.
    pub characters: bool,
}

/// What a key means.
pub fn meant(key: &str, struck: Struck) -> Option<Action> {
    let name = if struck.with_control { format!("Ctrl+{}", key.to_lowercase()) } else { key.to_owned() };
    let binding = MAP.iter().find(|binding| binding.keys.contains(&name.as_str()))?;
    let is_character = name.chars().count() == 1;
    let is_free = match key {
        _ if struck.with_control => true,
        _ if struck.focus == Focus::Field => false,
        "ArrowDown" | "ArrowUp" => struck.focus == Focus::Row,
        _ => !is_character || struck.characters,
    };
    is_free.then_some(binding.action)
}

/// As it is printed on keyboards.
pub fn shown(key: &str) -> String {
    match key {
        "ArrowDown" => "↓".to_owned(),
        "ArrowUp" => "↑".to_owned(),
        "Escape" => "Esc".to_owned(),
        key if key.chars().all(char::is_uppercase) => format!("Shift+{}", key.to_lowercase()),
        key => key.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: Struck = Struck { with_control: false, focus: Focus::Elsewhere, characters: true };

    #[test]
    fn no_key_means_two_things() {
        let mut keys: Vec<&str> = MAP.iter().flat_map(|binding| binding.keys).copied().collect();
        let all = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), all);
    }

    #[test]
    fn fields_take_every_key_but_those_with_control() {
        let field = Struck { focus: Focus::Field, ..PAGE };
        for binding in &MAP {
            for key in binding.keys {
                let meaning = meant(key, field);
                assert_eq!(meaning, None, "{key}");
            }
        }
        assert_eq!(meant("k", Struck { with_control: true, ..field }), Some(Action::Palette));
    }

    #[test]
    fn characters_can_be_turned_off() {
        let off = Struck { characters: false, ..PAGE };
        for binding in &MAP {
            for key in binding.keys.iter().filter(|key| key.chars().count() == 1) {
                assert!(meant(key, PAGE).is_some() && meant(key, off).is_none(), "{key}");
            }
        }
        assert_eq!(meant("Escape", off), Some(Action::Out));
    }

    #[test]
    fn arrows_scroll_where_there_are_no_rows() {
        assert_eq!(meant("ArrowDown", PAGE), None);
        assert_eq!(meant("ArrowDown", Struck { focus: Focus::Row, ..PAGE }), Some(Action::NextRow));
        assert_eq!(meant("o", Struck { with_control: true, ..PAGE }), None, "the browser's own");
    }

    #[test]
    fn keys_are_shown_as_they_are_struck() {
        assert_eq!(["O", "?", "Escape", "Ctrl+k"].map(shown), ["Shift+o", "?", "Esc", "Ctrl+k"]);
    }
}
