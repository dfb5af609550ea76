-- When a look found that a finding that was not repaired is over. One that comes back is open again, and told again.
ALTER TABLE reconcile_findings ADD COLUMN over_at DATETIME(6) NULL;
