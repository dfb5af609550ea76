INSERT INTO reconcile_turns (id) VALUES (1);
