//! Options that have another name now: they are refused, and the message says the new one.

/// The command, the option that it had, and what takes its place.
const RENAMED: [(&str, &str, &str); 10] = [
    ("demo", "--folder", "--output"),
    ("ensemble", "--energy", "--energies"),
    ("evaluate", "--output-dir", "--output"),
    ("hybrid", "--test", "--test-set"),
    ("man", "", "--output FOLDER"),
    ("dataset", "--output-dir", "--output"),
    ("strip", "--from", "--energies=FROM:TO:POINTS"),
    ("strip", "--to", "--energies=FROM:TO:POINTS"),
    ("strip", "--points", "--energies=FROM:TO:POINTS"),
    ("solve", "--open-modes", "--propagating-modes"),
];

/// What takes the place of `argument` on this command line, if it had another name once.
pub(super) fn hint(words: &[String], argument: &str) -> Option<String> {
    let name = argument.split('=').next().unwrap_or_default();
    let found = RENAMED.iter().find(|(command, old, _)| {
        let is_old = *old == name || (old.is_empty() && !name.starts_with('-'));
        is_old && words.iter().any(|word| word == command)
    });
    found.map(|(command, old, new)| {
        if old.is_empty() {
            format!("`{command}` takes it as {new}")
        } else {
            // These two are below `plot`.
            let parent = if ["dataset", "strip"].contains(command) {
                "plot "
            } else {
                ""
            };
            format!("{old} of `{parent}{command}` is now {new}")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_name_leads_to_a_new_one_that_exists() {
        let program = crate::command();
        for (command, old, new) in RENAMED {
            let find = |parent: &clap::Command| parent.find_subcommand(command).cloned();
            let nested = || program.get_subcommands().find_map(find);
            let found = find(&program).or_else(nested).unwrap();
            let has = |name: &str| {
                let name = name.trim_start_matches("--");
                let mut options = found.get_arguments();
                options.any(|option| option.get_long() == Some(name))
            };
            let new = new.split([' ', '=']).next().unwrap();
            assert!(has(new) && !has(old), "{command}: {old} -> {new}");
            let words = [command.to_owned(), old.to_owned()];
            assert!(hint(&words, &format!("{old}=1")).is_some_and(|text| text.contains(new)));
        }
        assert_eq!(hint(&["solve".to_owned()], "--energy"), None);
    }
}
