INSERT INTO warehouses (name) VALUES ('main');
