//! The files that restore a point, and the commands that do it.

use graphkeep_core::plan::{Command, Plan, Purpose, Shell};
use graphkeep_core::report::Report;
use leptos::prelude::*;

use crate::components::copy::Copy;
use crate::components::moment::Moment;
use crate::components::problems::Words;
use crate::components::tables::Table;
use crate::wording::{count, of, size};

#[component]
pub fn PlanBody(plan: Plan, shell: RwSignal<Shell>) -> impl IntoView {
    let notes: Vec<_> = plan.notes.iter().map(|note| view! { <li><Words text=note.clone()/></li> }).collect();
    let commands: Vec<_> =
        plan.commands.iter().map(|command| view! { <CommandLine command=command.clone() shell/> }).collect();
    view! {
        <Steps plan=plan.clone()/>
        <div class="shells" role="group" aria-label="Shell">
            <button aria-pressed=move || (shell.get() == Shell::Sh).to_string() on:click=move |_| shell.set(Shell::Sh)>"sh"</button>
            <button aria-pressed=move || (shell.get() == Shell::PowerShell).to_string() on:click=move |_| shell.set(Shell::PowerShell)>"PowerShell"</button>
        </div>
        <div class="commands">{commands}</div>
        {(!notes.is_empty()).then(|| view! { <ul class="notes">{notes}</ul> })}
    }
}

#[component]
fn Steps(plan: Plan) -> impl IntoView {
    let summary = format!("{}, {} to read", of(plan.steps.len(), "file", "files"), size(plan.bytes));
    let rows = plan.steps.into_iter().enumerate().map(|(at, step)| {
        view! {
            <tr>
                <td class="number">{at + 1}</td>
                <td>{step.kind.as_str()}</td>
                <td class="number">{count(step.lowest_tx)}</td>
                <td class="number">{count(step.highest_tx)}</td>
                <td class="nowrap"><Moment time=step.time/></td>
                <td class="number nowrap">{size(step.bytes)}</td>
                <th scope="row"><code>{step.path}</code></th>
            </tr>
        }
    });
    let rows: Vec<_> = rows.collect();
    view! {
        <details class="plain">
            <summary>{summary}</summary>
            <Table label="Files in the order in which they are applied" class="data compact">
                <thead>
                    <tr>
                        <th scope="col" class="number">"Order"</th>
                        <th scope="col">"Type"</th>
                        <th scope="col" class="number">"Lowest tx"</th>
                        <th scope="col" class="number">"Highest tx"</th>
                        <th scope="col">"Time (UTC)"</th>
                        <th scope="col" class="number">"Size"</th>
                        <th scope="col">"File"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </details>
    }
}

/// What Neo4j does with the plan: which transaction is the last that it keeps, which the first that it drops.
pub fn effect(report: &Report, plan: &Plan) -> String {
    let reaches = count(plan.reaches_tx);
    let Some(until) = &plan.restore_until else {
        return format!("The files are restored whole: everything up to tx {reaches} is kept.");
    };
    if let Ok(first_dropped) = until.parse::<i64>() {
        return format!(
            "`--restore-until={until}` stops before that transaction: tx {reaches} is the last one kept, tx {} the first one dropped.",
            count(first_dropped)
        );
    }
    let end = plan.steps.last().map(|step| &report.artifacts[step.artifact]);
    let end = end.map_or(plan.reaches_tx, |artifact| artifact.highest_tx);
    format!(
        "`--restore-until` keeps what was committed before {until} UTC: tx {reaches} certainly, and what the last file holds up to then (it ends at tx {}). Which one is the last, only the contents tell.",
        count(end)
    )
}

/// Bytes that the files unpack to, where each of them states it.
pub fn unpacked(report: &Report, plan: &Plan) -> Option<u64> {
    let stated = plan.steps.iter().map(|step| Some(report.artifacts[step.artifact].archive_size?.bytes));
    stated.sum::<Option<u64>>().filter(|bytes| *bytes > 0)
}

#[component]
fn CommandLine(command: Command, shell: RwSignal<Shell>) -> impl IntoView {
    let purpose = match command.purpose {
        Purpose::Prepare => "First",
        Purpose::Enterprise => "Enterprise",
        Purpose::Community => "Community",
    };
    let note = command.note.clone();
    let line = Signal::derive(move || command.line(shell.get()));
    view! {
        <div class="command">
            <p class="command-head"><span>{purpose}</span><Copy text=line what=format!("the command for {purpose}")/></p>
            <pre tabindex="0"><code>{move || line.get()}</code></pre>
            {note.map(|note| view! { <p class="small muted"><Words text=note/></p> })}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::report;
    use graphkeep_core::plan::{Point, plan};
    use graphkeep_core::time::UtcTime;

    #[test]
    fn the_effect_names_the_last_transaction_kept_and_the_first_dropped() {
        let report = report("scenarios/latest-as-parent");
        let effect = |point| effect(&report, &plan(&report, &report.databases[0], point).expect("reachable"));
        assert_eq!(effect(Point::Newest), "The files are restored whole: everything up to tx 50 is kept.");
        assert_eq!(
            effect(Point::Tx(15)),
            "`--restore-until=16` stops before that transaction: tx 15 is the last one kept, tx 16 the first one dropped."
        );
        let at = UtcTime::parse("2025-05-01 11:00").expect("a time");
        let words = effect(Point::Before(at));
        assert!(words.contains("tx 10 certainly") && words.contains("ends at tx 20"), "{words}");
    }
}
