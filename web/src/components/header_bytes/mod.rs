//! The header's bytes, coloured and labelled field by field.

use graphkeep_core::wire::Field;
use leptos::prelude::*;

use crate::components::tables::Table;
use crate::wording::count;

/// Colours there are; neighbours never share one.
const COLOURS: usize = 6;

#[component]
pub fn HeaderBytes(fields: Vec<Field>) -> impl IntoView {
    let rows = fields.into_iter().enumerate().map(|(at, field)| {
        let bytes = spaced(&field.hex);
        let shown = field.hex.len() as u64 / 2;
        let rest = field.len.saturating_sub(shown);
        view! {
            <tr>
                <td class="number offset">{format!("{:06x}", field.offset)}</td>
                <td><code class=format!("bytes field-{}", at % COLOURS)>{bytes}</code>
                    {(rest > 0).then(|| view! { <span class="muted">{format!(" … {} more bytes", count(rest))}</span> })}
                </td>
                <th scope="row">{field.name}</th>
                <td class="value">{field.value}</td>
                <td class="muted nowrap">{field.stream.to_string()}</td>
            </tr>
        }
    });
    let rows: Vec<_> = rows.collect();
    view! {
        <Table label="The header, byte by byte" class="data header-bytes">
                <thead>
                    <tr>
                        <th scope="col" class="number">"Offset"</th>
                        <th scope="col">"Bytes"</th>
                        <th scope="col">"Field"</th>
                        <th scope="col">"Value"</th>
                        <th scope="col">"Offset counts"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
    }
}

/// `42 5a 56 31`.
fn spaced(hex: &str) -> String {
    let pairs = hex.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair));
    pairs.collect::<Vec<_>>().join(" ")
}
