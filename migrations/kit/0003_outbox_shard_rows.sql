INSERT INTO outbox_shards (shard) VALUES (0), (1), (2), (3);
