create table products (id serial primary key, name text not null, cents integer not null);
insert into products (name, cents) values ('Fishing rod', 4900), ('Net', 1550), ('Lamp', 2325);
