//! What is wrong or worth knowing, each with its code, worst first.

use graphkeep_core::problem::{Problem, Severity};
use leptos::prelude::*;

#[component]
pub fn Problems(problems: Vec<Problem>) -> impl IntoView {
    let mut problems = problems;
    problems.sort_by_key(|problem| std::cmp::Reverse(problem.severity));
    let items = problems.into_iter().map(|problem| {
        let (class, word) = match problem.severity {
            Severity::Error => ("problem error", "Error"),
            Severity::Warning => ("problem warning", "Warning"),
            Severity::Note => ("problem note", "Note"),
        };
        view! {
            <li class=class>
                <p><strong class="severity">{word}</strong>" "<Words text=problem.message/>" "<code class="code">{problem.code.as_str()}</code></p>
                {problem.remedy.map(|remedy| view! { <p class="remedy"><Words text=remedy/></p> })}
            </li>
        }
    });
    let items: Vec<_> = items.collect();
    view! { <ul class="problems">{items}</ul> }
}

/// A sentence of the core, whose literals stand between backticks.
#[component]
pub fn Words(#[prop(into)] text: String) -> impl IntoView {
    // A name may hold a backtick itself: an odd one out stays as it is.
    let paired = text.matches('`').count().is_multiple_of(2);
    if !paired {
        return text.into_any();
    }
    let pieces = text.split('`').enumerate().map(|(at, piece)| match at % 2 {
        0 => unbroken(piece).into_any(),
        _ => view! { <code>{piece.to_owned()}</code> }.into_any(),
    });
    pieces.collect::<Vec<_>>().into_any()
}

/// The text, with its dates in one piece each: at their hyphens a narrow column would break them.
fn unbroken(text: &str) -> Vec<AnyView> {
    let (mut pieces, mut plain) = (Vec::new(), String::new());
    for word in text.split_inclusive(' ') {
        if is_date(word.trim_end_matches([' ', ';', ',', ')'])) {
            pieces.push(std::mem::take(&mut plain).into_any());
            pieces.push(view! { <span class="nowrap">{word.to_owned()}</span> }.into_any());
        } else {
            plain.push_str(word);
        }
    }
    pieces.push(plain.into_any());
    pieces
}

/// `2026-09-01`.
fn is_date(word: &str) -> bool {
    word.len() == 10
        && word.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_told_from_other_words() {
        for (word, is) in [
            ("2026-09-01", true),
            ("2026-09-1", false),
            ("neo4j-2026", false),
            ("2026/09/01", false),
            ("\u{665}026-09-0", false),
        ] {
            assert_eq!(is_date(word), is, "{word}");
        }
    }
}
