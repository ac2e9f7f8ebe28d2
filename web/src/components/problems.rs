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
        0 => piece.to_owned().into_any(),
        _ => view! { <code>{piece.to_owned()}</code> }.into_any(),
    });
    pieces.collect::<Vec<_>>().into_any()
}
