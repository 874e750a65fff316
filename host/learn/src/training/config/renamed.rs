//! Entries that earlier versions called otherwise: refused in a user's file, read in an old run.

use super::TrainingConfigError;

/// The path of each renamed entry: as it was, and as it is. Both have the same parent.
const RENAMED: [(&str, &str); 11] = [
    ("side_targets", "auxiliary_targets"),
    ("side_weight", "auxiliary_weight"),
    ("average_images", "average_symmetry_copies"),
    ("largest_share", "max_concentration"),
    ("batch", "batch_size"),
    ("loss.width", "loss.delta"),
    ("optimiser.rate", "optimiser.learning_rate"),
    ("optimiser.decay", "optimiser.weight_decay"),
    ("optimiser.clip", "optimiser.max_grad_norm"),
    (
        "optimiser.schedule.warmup",
        "optimiser.schedule.warmup_steps",
    ),
    (
        "optimiser.schedule.last",
        "optimiser.schedule.final_learning_rate",
    ),
];

/// The table that holds the entry at `path`, and the entry's name in it.
fn parent<'t, 'p>(
    table: &'t mut toml::Table,
    path: &'p str,
) -> Option<(&'t mut toml::Table, &'p str)> {
    let mut table = table;
    let mut path = path;
    while let Some((first, rest)) = path.split_once('.') {
        table = table.get_mut(first)?.as_table_mut()?;
        path = rest;
    }
    Some((table, path))
}

/// Refuses an old name, and gives the new one.
pub(super) fn refuse(table: &mut toml::Table) -> Result<(), TrainingConfigError> {
    for (old, new) in RENAMED {
        if let Some((parent, name)) = parent(table, old)
            && parent.contains_key(name)
        {
            return Err(TrainingConfigError::Renamed { old, new });
        }
    }
    Ok(())
}

/// Gives every entry of a configuration written by an earlier version its name of today.
pub(super) fn translate(table: &mut toml::Table) {
    for (old, new) in RENAMED {
        let new = new.rsplit('.').next().unwrap_or(new);
        if let Some((parent, name)) = parent(table, old)
            && let Some(value) = parent.remove(name)
        {
            parent.insert(new.to_owned(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::config::{Loss, Schedule, TrainingConfig};
    use crate::training::preset::{PRESETS, preset};

    /// A configuration that has every renamed entry.
    fn complete() -> TrainingConfig {
        let mut config = preset("best-g").unwrap();
        config.loss = Loss::Huber { delta: 0.5 };
        config
    }

    /// The text of a configuration as an earlier version wrote it.
    fn old_text(config: &TrainingConfig) -> String {
        let mut table = toml::Table::try_from(config).unwrap();
        for (old, new) in RENAMED {
            let old = old.rsplit('.').next().unwrap();
            if let Some((parent, name)) = parent(&mut table, new)
                && let Some(value) = parent.remove(name)
            {
                parent.insert(old.to_owned(), value);
            }
        }
        table.to_string()
    }

    #[test]
    fn an_old_name_is_refused_with_the_new_one() {
        let table = toml::Table::try_from(complete()).unwrap();
        for (old, new) in RENAMED {
            let mut table = table.clone();
            let (parent, name) = parent(&mut table, new).unwrap();
            let value = parent.remove(name).expect(new);
            let old_name = old.rsplit('.').next().unwrap();
            parent.insert(old_name.to_owned(), value);
            table.remove("preset");
            let error = TrainingConfig::parse(&table.to_string()).unwrap_err();
            assert_eq!(error, TrainingConfigError::Renamed { old, new });
            let text = error.to_string();
            assert!(text.contains(old) && text.contains(new), "{text}");
        }
    }

    #[test]
    fn what_an_earlier_version_wrote_is_read_as_the_same() {
        let presets = PRESETS.iter().map(|(name, _)| preset(name).unwrap());
        for config in presets.chain([complete()]) {
            let text = old_text(&config);
            assert!(text.contains("average_images") && text.contains("rate = "));
            assert_eq!(TrainingConfig::parse_run(&text, 2).unwrap(), config);
            let today = TrainingConfig::parse_run(&config.to_toml(), 3).unwrap();
            assert_eq!(today, config);
        }
        let Schedule::Cosine { warmup_steps, .. } = complete().optimiser.schedule else {
            panic!("it has a cosine");
        };
        assert!(warmup_steps > 0);
    }
}
