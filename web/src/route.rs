//! Which screen is shown. The address carries a word and a number and nothing else: names of databases and
//! files stay out of histories and shared links. The number is a place in [`Visited`], which lives as long as
//! the page.

use graphkeep_core::FileName;
use uuid::Uuid;

/// A screen and what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// All databases, or the invitation to drop files.
    Estate,
    Database(Uuid),
    Artifact(FileName),
    /// Two artifacts side by side.
    Compare(FileName, FileName),
    /// The report as a file, before it is saved.
    Report,
}

impl Route {
    fn word(&self) -> &'static str {
        match self {
            Self::Estate => "estate",
            Self::Database(_) => "database",
            Self::Artifact(_) => "artifact",
            Self::Compare(..) => "compare",
            Self::Report => "report",
        }
    }
}

/// The screens of this visit, as the browser's own history has them.
#[derive(Debug, Clone)]
pub struct Visited {
    stops: Vec<Stop>,
    at: usize,
}

#[derive(Debug, Clone)]
struct Stop {
    route: Route,
    /// Id of the element that had the focus when the screen was left.
    focus: Option<String>,
}

impl Default for Visited {
    fn default() -> Self {
        Self { stops: vec![Stop { route: Route::Estate, focus: None }], at: 0 }
    }
}

impl Visited {
    /// Goes on to a screen, remembering what had the focus on the one before. Gives the address.
    pub fn open(&mut self, route: Route, focus: Option<String>) -> String {
        self.stops[self.at].focus = focus;
        if self.stops[self.at].route != route {
            self.stops.truncate(self.at + 1);
            self.stops.push(Stop { route, focus: None });
            self.at += 1;
        }
        self.address()
    }

    fn address(&self) -> String {
        format!("#{}/{}", self.stops[self.at].route.word(), self.at)
    }

    /// Goes to the screen of an address. Gives it, with what had the focus there, unless it is shown already.
    /// An address of an earlier visit leads to the start: what it was about is gone.
    pub fn follow(&mut self, address: &str) -> Option<(Route, Option<String>)> {
        let number = address.rsplit_once('/').and_then(|(_, number)| number.parse().ok());
        let at = number.filter(|at| *at < self.stops.len()).unwrap_or(0);
        if at == self.at {
            return None;
        }
        self.at = at;
        let stop = &self.stops[at];
        Some((stop.route.clone(), stop.focus.clone()))
    }

    /// The screen before this one, where there is one.
    pub fn came_from(&self) -> Option<Route> {
        let before = self.at.checked_sub(1)?;
        Some(self.stops[before].route.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database(number: u128) -> Route {
        Route::Database(Uuid::from_u128(number))
    }

    #[test]
    fn back_and_forward_find_screen_and_focus() {
        let mut visited = Visited::default();
        assert_eq!(visited.open(database(1), Some("row-1".into())), "#database/1");
        assert_eq!(
            visited.open(Route::Artifact("secret.backup".into()), Some("row-2".into())),
            "#artifact/2"
        );
        assert_eq!(visited.came_from(), Some(database(1)));

        assert_eq!(visited.follow("#artifact/2"), None, "it is shown already");
        assert_eq!(visited.follow("#database/1"), Some((database(1), Some("row-2".into()))));
        assert_eq!(visited.follow(""), Some((Route::Estate, Some("row-1".into()))));
        assert_eq!(visited.follow("#artifact/2"), Some((Route::Artifact("secret.backup".into()), None)));
    }

    #[test]
    fn a_new_way_forgets_the_old_one() {
        let mut visited = Visited::default();
        visited.open(database(1), None);
        visited.open(database(2), None);
        visited.follow("#database/1");
        assert_eq!(visited.open(database(3), None), "#database/2");
        assert_eq!(visited.open(database(3), None), "#database/2", "the same screen again is no step");
    }

    #[test]
    fn an_address_of_an_earlier_visit_leads_to_the_start() {
        let mut visited = Visited::default();
        assert_eq!(visited.follow("#database/7"), None);
        visited.open(database(1), None);
        assert_eq!(visited.follow("#database/7"), Some((Route::Estate, None)));
        assert_eq!(visited.follow("#nonsense"), None);
    }
}
