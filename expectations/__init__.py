"""What "good" means: contracts, rule kinds, the keep/quarantine split and the gate. Knows no Dagster."""
