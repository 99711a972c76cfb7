-- Orders that were erased before, and what carriers wrote about them before and after that.
update orders set erased_at = coalesce(
  (select erased_at from customer where customer.id = orders.customer_id), now())
where lower(email) = 'nobody@erased.invalid';
delete from tracking_scan using shipment, orders
where shipment.id = shipment_id and orders.id = shipment.order_id
  and lower(orders.email) = 'nobody@erased.invalid';
update exception set message = 'erased', detail = '{}' from orders
where orders.id = exception.order_id and lower(orders.email) = 'nobody@erased.invalid'
  and exception.kind = 'delivery_problem';
update event set detail = detail - 'detail' from orders
where orders.id = event.order_id and lower(orders.email) = 'nobody@erased.invalid'
  and event.kind = 'shipment.scanned' and event.detail ? 'detail';

-- Deliveries are kept for some weeks, and may be sent again.
update webhook_delivery set body = (body::jsonb #- '{data,detail,detail}')::text
where kind = 'shipment.scanned' and body::jsonb #> '{data,detail}' ? 'detail';
