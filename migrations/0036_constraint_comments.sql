-- What each rule protects, in the words of docs/locks.md, which is written from here and from what
-- later migrations say of theirs. Nothing but comments: they lock neither readers nor writers out,
-- and wait only for whoever else changes the table or cleans it up. Nobody waits behind them, so
-- that they may ask for longer than other migrations: after a second PostgreSQL calls its own
-- cleaning off for their sake.
set local lock_timeout = '5s';

comment on constraint account_kind_check on account is
  'An account is on one side of the books: no report leaves one out or counts it twice.';
comment on constraint account_pkey on account is
  'One account per code, so that what is booked under a code lies in one place.';

comment on constraint account_mail_email_check on account_mail is
  'An address is stored in small letters, so that one person is found by it however they spell it.';
comment on constraint account_mail_kind_check on account_mail is
  'No link is sent for a purpose that no code knows how to answer.';
comment on constraint account_mail_token_hash_key on account_mail is
  'A link is that of one mail, and so leads into one account.';

comment on constraint api_key_check on api_key is
  'The key of a storefront belongs to one channel, and a secret key to none.';
comment on constraint api_key_kind_check on api_key is
  'A key is public or secret: nothing in between gets past who may do what.';
comment on constraint api_key_token_hash_key on api_key is
  'A token is one key: nobody comes in with the rights of another.';

comment on constraint capture_amount_check on capture is
  'No capture takes nothing, or gives back under the name of taking.';
comment on constraint capture_state_check on capture is
  'Money is asked for, on its way, taken or refused: no other state could be led to an end.';

comment on constraint cart_tax_id_check on cart is
  'A tax number that a stranger sends stays short.';

comment on constraint cart_funnel_count_check on cart_funnel is
  'A counter that stands there has counted something.';
comment on constraint cart_funnel_pkey on cart_funnel is
  'One counter per hour, channel, step and reason, however many processes count at once.';

comment on constraint cart_hold_pkey on cart_hold is
  'A cart holds an item on a shelf once, so that its units are given back once.';
comment on constraint cart_hold_quantity_check on cart_hold is
  'What is held for a cart are units: none, or less than none, would free goods of others.';

comment on constraint cart_hold_rule_channel_id_stock_item_id_key on cart_hold_rule is
  'One rule per channel and item, and one for all its other items: which one counts is no question.';
comment on constraint cart_hold_rule_minutes_check on cart_hold_rule is
  'Carts keep goods from other buyers for an hour at most.';
comment on constraint cart_hold_rule_scarce_below_check on cart_hold_rule is
  'Where only scarce goods are held, scarce is a number of units that can be reached.';
comment on constraint cart_hold_rule_share_percent_check on cart_hold_rule is
  'Bots that fill carts keep half of the goods from buyers at most.';
comment on constraint cart_hold_rule_units_max_check on cart_hold_rule is
  'One cart keeps a hundred units of an item from others at most.';

comment on constraint cart_line_cart_id_variant_id_key on cart_line is
  'A variant stands in a cart once: adding it in parallel adds up in one line.';
comment on constraint cart_line_quantity_check on cart_line is
  'Nobody orders none, a part, or so many that sums leave their range.';

comment on constraint cart_watch_after_minutes_check on cart_watch is
  'A cart counts as left after ten minutes to a week: not while somebody still types.';
comment on constraint cart_watch_pkey on cart_watch is
  'One rule of reminding per channel, and one row that lets one worker look at a time.';

comment on constraint category_handle_check on category is
  'A handle can stand in the path of a page as it is.';
comment on constraint category_handle_key on category is
  'The address of a category leads to one category.';

comment on constraint channel_capture_check on channel is
  'Money is taken at once or at shipment: no other word could be carried out.';
comment on constraint channel_code_key on channel is
  'A channel is named by its code in imports and settings, and by no other.';
comment on constraint channel_currencies_check on channel is
  'A channel can be paid in something.';
comment on constraint channel_safety_check on channel is
  'What a channel leaves to the others is a number of units that sums can bear.';

comment on constraint channel_location_pkey on channel_location is
  'A location serves a channel once: its stock is not offered twice.';

comment on constraint collection_handle_check on collection is
  'A handle can stand in the path of a page as it is.';
comment on constraint collection_handle_key on collection is
  'The address of a collection leads to one collection.';
comment on constraint collection_matching_check on collection is
  'Rules hold all together or any of them: a third way would choose goods by chance.';
comment on constraint collection_rules_check on collection is
  'Rules are a list, as who reads them expects.';

comment on constraint collection_product_pkey on collection_product is
  'A product is in a collection once, and so once in its list.';

comment on constraint compiled_mjml_pkey on compiled_mjml is
  'A template is compiled to one HTML, whoever asked first.';

comment on constraint coupon_check on coupon is
  'An amount without its currency means nothing.';
comment on constraint coupon_code_check on coupon is
  'A code is in capitals and of a usual length, so that it is found however a buyer spells it.';
comment on constraint coupon_code_key on coupon is
  'A code that a buyer enters is one coupon.';
comment on constraint coupon_kind_check on coupon is
  'Versions up to 0.1 know one kind of coupon, and nothing else may be written for them.';
comment on constraint coupon_limit on coupon is
  'A code is used as often as it may be, however many buyers come at once: this refuses the one more.';
comment on constraint coupon_rate_ppm_check on coupon is
  'A coupon takes off something, and no more than everything.';
comment on constraint coupon_usage_limit_check on coupon is
  'A limit is a number of uses.';
comment on constraint coupon_used_check on coupon is
  'A use that is given back twice is an error and not another free use.';
comment on trigger promotion_of_changed_coupon on coupon is
  'A coupon that version 0.1 changes changes its promotion too, for as long as both serve.';
comment on trigger promotion_of_new_coupon on coupon is
  'A coupon that version 0.1 makes is a promotion too, for as long as both serve.';

comment on trigger count_changed_uses on coupon_use is
  'A use that is released or changed is counted again, whichever version writes it.';
comment on trigger count_new_uses on coupon_use is
  'A use is counted where it is written: no version can write one that no limit knows.';
comment on constraint coupon_use_pkey on coupon_use is
  'An order uses a coupon once, and so gives back one use.';

comment on constraint currency_code_check on domain currency_code is
  'A currency is a code of three capitals: what is compared is spelled in one way.';

comment on constraint customer_email_check on customer is
  'An address is stored in small letters: one person has one account however they spell it.';
comment on constraint customer_email_key on customer is
  'One account per address: who proves the address gets into that one.';
comment on constraint customer_erased_is_nobody on customer is
  'Of somebody who was erased nothing is left that says who it was.';
comment on constraint customer_password_is_of_verified on customer is
  'A password opens an account only when its address is proven: nobody waits in the account of another.';

comment on index customer_address_billing is
  'A customer has one usual billing address.';
comment on index customer_address_shipping is
  'A customer has one usual shipping address: checkout does not choose by chance.';

comment on constraint customer_consent_contact_check on customer_consent is
  'Consent is to a way of contact that the shop has.';
comment on constraint customer_consent_source_check on customer_consent is
  'It is on record where a consent came from.';
comment on constraint customer_consent_wording_check on customer_consent is
  'What somebody agreed to is a text that can be kept with each consent.';
comment on trigger customer_consents_are_immutable on customer_consent is
  'What somebody agreed to, and when, is evidence: nobody changes it afterwards.';

comment on constraint customer_group_code_key on customer_group is
  'A group is named by its code in imports and price lists, and by no other.';

comment on constraint customer_group_member_pkey on customer_group_member is
  'A customer is in a group once, so that members are counted once.';

comment on constraint customer_segment_match_check on customer_segment is
  'Conditions hold all together or any of them: a third way would choose people by chance.';
comment on constraint customer_segment_pkey on customer_segment is
  'A group is reckoned by one set of conditions.';

comment on constraint customer_session_device_check on customer_session is
  'What a browser says of itself stays short.';
comment on index customer_session_previous is
  'A token that was just replaced opens one session and no other.';
comment on constraint customer_session_token_hash_key on customer_session is
  'A token opens one session: nobody comes in as another.';

comment on constraint digital_file_bytes_check on digital_file is
  'A file that is there has content.';
comment on constraint digital_file_downloads_max_check on digital_file is
  'Who buys a file may download it at least once.';
comment on constraint digital_file_valid_days_check on digital_file is
  'Who buys a file has at least a day for it.';

comment on constraint digital_file_part_n_check on digital_file_part is
  'Parts are counted from the beginning of the file.';
comment on constraint digital_file_part_pkey on digital_file_part is
  'Each part of a file is there once: what is downloaded is what was uploaded.';

comment on constraint draft_buyer_note_check on draft is
  'What a buyer writes to an order stays short enough to be printed with it.';
comment on constraint draft_check on draft is
  'An offer that was sent has its price and its end: what the buyer sees is what the buyer pays.';
comment on constraint draft_discount_check on draft is
  'A discount makes nothing dearer.';
comment on constraint draft_discount_reason_check on draft is
  'The reason of a discount stays short enough to be shown.';
comment on constraint draft_shipping_amount_check on draft is
  'Nobody is paid for having something sent.';
comment on constraint draft_state_check on draft is
  'A draft is worked on, offered or withdrawn: from each there is a way on.';

comment on constraint draft_line_discount_check on draft_line is
  'A discount makes nothing dearer.';
comment on constraint draft_line_quantity_check on draft_line is
  'Nothing is offered zero times.';
comment on constraint draft_line_reason_check on draft_line is
  'The reason of a price stays short enough to be shown.';
comment on constraint draft_line_unit_price_check on draft_line is
  'Nobody is paid for taking goods.';

comment on constraint effect_kind_cause_id_key on effect is
  'What is to happen once per cause is promised once: no second invoice, label or mail for one reason.';
comment on constraint effect_last_error_check on effect is
  'What went wrong is kept in a length that a person reads.';
comment on constraint effect_state_check on effect is
  'Work waits, is done, has failed or was given up by a person: nothing lies where nobody looks.';

comment on constraint downloads_within_limit on entitlement is
  'A file is downloaded as often as was bought, however many ask at once.';
comment on constraint entitlement_unit_check on entitlement is
  'A right is for one of the units that were bought, counted from one.';
comment on constraint one_entitlement_per_unit on entitlement is
  'One right per paid unit and file, whoever grants it and however often.';

comment on trigger events_are_append_only on event is
  'What happened stays told: nobody changes the record afterwards.';

comment on constraint event_cursor_pkey on event_cursor is
  'A reader of the events has one place at which it stands: nothing is read twice.';

comment on constraint exception_message_check on exception is
  'What a person is told stays in a length that is read.';
comment on index exception_open is
  'A trouble with one cause stands in the inbox once while it is open.';
comment on constraint exception_resolution_check on exception is
  'How a trouble ended is on record: by itself, by another try, or by a person''s word.';

comment on constraint field_definition_check on field_definition is
  'A choice has what can be chosen, and nothing else has.';
comment on constraint field_definition_check1 on field_definition is
  'An amount has its currency, and nothing else has one.';
comment on constraint field_definition_check2 on field_definition is
  'A reference says what it leads to, and nothing else does.';
comment on constraint field_definition_key_check on field_definition is
  'A field can be named in filters, files and programs as it is.';
comment on constraint field_definition_key_key on field_definition is
  'A key is one field: a value has one type, whatever it stands on.';
comment on constraint field_definition_owner_check on field_definition is
  'A field stands on products or on variants, which are the things that have fields.';
comment on constraint field_definition_refers_to_check on field_definition is
  'A reference leads to something that can be looked up.';
comment on constraint field_definition_type_check on field_definition is
  'A value has a type that can be checked, filtered and shown.';

comment on constraint goods_mark_n_key on goods_mark is
  'A number of the search index is one product: nobody finds another''s page.';
comment on constraint goods_mark_pkey on goods_mark is
  'A product has one mark: what is compared with it is its last change.';

comment on constraint hold_check on hold is
  'Of what is held no unit is both sent and given back: goods leave a hold once.';
comment on constraint hold_order_line_id_stock_item_id_location_id_key on hold is
  'A line holds an item on a shelf once: a repeat of the same placement takes nothing more.';
comment on constraint hold_quantity_check on hold is
  'What is held are units: none, or less than none, would free goods of others.';
comment on constraint hold_released_check on hold is
  'Nothing is given back less than zero times: that would hold more than was ordered.';
comment on constraint hold_shipped_check on hold is
  'Nothing is sent less than zero times: that would hold more than was ordered.';

comment on constraint idempotency_key_check on idempotency is
  'A key is long enough not to be met by chance, and short enough that strangers store little here.';
comment on constraint idempotency_pkey on idempotency is
  'A request with its key is carried out once: of two at once the second waits here for the first.';

comment on constraint import_counted_pkey on import_counted is
  'A run counts a thing once, also when it goes on after a kill.';

comment on constraint import_refusal_pkey on import_refusal is
  'A line of a file is told once with each reason, also when its run goes on after a kill.';

comment on constraint import_run_file_hash_key on import_run is
  'A file has one run: who imports it again goes on where the first one stopped.';

comment on constraint invoice_kind_cause_id_key on invoice is
  'One document per capture or refund: tax is declared once for money that moved once.';
comment on constraint invoice_kind_check on invoice is
  'A document says that money is owed or given back: no third kind has numbers.';
comment on constraint invoice_legal_entity_id_kind_fiscal_year_sequence_key on invoice is
  'A place in the series is one document: with what draws them there is no gap and no double.';
comment on constraint invoice_legal_entity_id_kind_number_key on invoice is
  'A number that a buyer or an auditor names is one document.';
comment on constraint invoice_number_check on invoice is
  'A number has the sixteen characters at most that an invoice in India may have.';
comment on trigger invoices_are_immutable on invoice is
  'A legal document stays as it was issued: what was wrong is corrected by another one.';

comment on constraint invoice_pdf_pkey on invoice_pdf is
  'A document is drawn once, and everybody gets the same file.';
comment on trigger invoice_pdfs_are_immutable on invoice_pdf is
  'The file that the buyer has stays the one that the shop has.';

comment on constraint debits_equal_credits on journal_entry is
  'What one account gets others give, in each currency: no money comes from nowhere or is lost.';
comment on constraint journal_entry_accounts_check on journal_entry is
  'A booking goes from somewhere to somewhere.';
comment on constraint journal_entry_check on journal_entry is
  'Each amount has its account, its currency and its party: no amount is booked beside them.';
comment on trigger journal_is_append_only on journal_entry is
  'What was booked stays booked: a mistake is undone by another entry.';

comment on index label_live is
  'One label per parcel is paid for: a second one needs the first to be voided.';
comment on constraint label_state_check on label is
  'A label is bought and voided by steps of which each can be gone on with after a kill.';

comment on constraint legal_entity_code_key on legal_entity is
  'A seller is named by its code in settings, and by no other.';
comment on constraint legal_entity_fiscal_year_starts_month_check on legal_entity is
  'A fiscal year begins in a month that there is.';
comment on constraint legal_entity_number_prefix_check on legal_entity is
  'A prefix leaves room for year and number within what an invoice number may have.';

comment on constraint location_code_key on location is
  'A location is named by its code in imports and counts, and by no other.';

comment on constraint media_product_id_url_key on media is
  'A product shows a picture once, also when its import comes again.';
comment on constraint media_url_check on media is
  'A picture is a web address or one of ours: nothing else, such as a script, reaches a page.';

comment on constraint message_kind_cause_id_key on message is
  'One message per cause: nobody gets the same mail twice because two workers wrote it.';
comment on constraint message_last_error_check on message is
  'What went wrong is kept in a length that a person reads.';
comment on constraint message_state_check on message is
  'A message is being sent, sent, kept in the mailbox or given up: none lies where nobody looks.';

comment on constraint message_template_mjml_check on message_template is
  'A template stays small enough to be compiled.';
comment on constraint message_template_pkey on message_template is
  'A kind of message looks one way in one language.';
comment on constraint message_template_subject_check on message_template is
  'A subject is a line and no letter.';
comment on constraint message_template_text_check on message_template is
  'A template stays small enough to be drawn for each mail.';

comment on constraint migration_pkey on migration is
  'A migration is applied once.';

comment on constraint minor_units_check on domain minor_units is
  'Money fits a JSON number exactly: beyond that a browser would round it.';

comment on constraint number_series_kind_check on number_series is
  'A series is of something that the law or the buyer knows by number.';
comment on constraint number_series_last_number_check on number_series is
  'Numbers only rise from the beginning of the series.';
comment on constraint number_series_pkey on number_series is
  'One series per seller, kind and year: its row is the lock under which numbers have no gaps.';

comment on constraint order_change_kind on order_change is
  'An order changes in ways of which it is known what they do to its money.';
comment on constraint order_change_order_id_version_key on order_change is
  'A version of an order comes from one change: of two who saw the same version one is refused.';
comment on constraint order_change_reason_check on order_change is
  'The reason of a change stays short enough to be shown.';

comment on constraint order_change_line_change_id_order_line_id_key on order_change_line is
  'A change takes from a line, or from shipping, once: what is left of it is a plain sum.';

comment on constraint order_line_check on order_line is
  'A discount takes off no more than a line costs, and makes nothing dearer.';
comment on constraint order_line_kind on order_line is
  'A line is goods or a charge for shipping: what is sent and what is taxed hangs on it.';
comment on constraint order_line_price_reason on order_line is
  'The reason of a price stays short enough to be shown.';
comment on constraint order_line_quantity_check on order_line is
  'Nobody orders none, or less.';
comment on constraint order_line_subtotal_check on order_line is
  'Nobody is paid for taking goods.';

comment on constraint order_note_content_check on order_note is
  'A note says something, and stays short enough to be read.';

comment on constraint order_tag_pkey on order_tag is
  'An order has a tag once.';
comment on constraint order_tag_tag_check on order_tag is
  'A tag is a word or a few.';

comment on constraint order_buyer_note on orders is
  'What a buyer writes to an order stays short enough to be printed with it.';
comment on index order_number is
  'A number that a buyer names is one order.';
comment on index order_of_cart is
  'A cart, or a draft, becomes one order that lives: however often Pay is pressed, goods are sold once.';
comment on constraint orders_check on orders is
  'No order owes its buyer money by its price.';
comment on constraint orders_check1 on orders is
  'What waits for money has an end, so that its goods come free, and what was placed has none.';
comment on constraint orders_check2 on orders is
  'What was placed has its number.';
comment on constraint orders_fulfillment_state_check on orders is
  'What lists say of the parcels is a word that can be compared with the parcels.';
comment on constraint orders_origin_check on orders is
  'It is known by which door an order came in.';
comment on constraint orders_payment_state_check on orders is
  'What lists say of the money is a word that can be compared with the payments.';
comment on constraint orders_return_state_check on orders is
  'What lists say of returns is a word that can be compared with them.';
comment on constraint orders_state_check on orders is
  'An order is in a state from which every command knows what it may do.';
comment on constraint total_adds_up on orders is
  'What is paid is what stands above it: goods, shipping and tax, less what is off, to the minor unit.';

comment on constraint authorized_within_amount on payment_attempt is
  'No payment reserves more than the buyer agreed to.';
comment on constraint captured_within_authorized on payment_attempt is
  'No payment takes more than the buyer''s bank has allowed.';
comment on constraint payment_attempt_amount_check on payment_attempt is
  'A payment is of something.';
comment on constraint payment_attempt_capture_mode_check on payment_attempt is
  'Money is taken at once or at shipment: no other word could be carried out.';
comment on index payment_attempt_live is
  'One open payment per order: nobody pays twice. Late money on an older one can still be recorded.';
comment on constraint payment_attempt_purpose on payment_attempt is
  'A payment places its order or pays a difference: what it does when it succeeds hangs on it.';
comment on index payment_attempt_reference is
  'A payment out there is one of ours: its money is not counted for two orders.';
comment on constraint payment_attempt_state_check on payment_attempt is
  'A payment is in a state that answers, webhooks and lookups can lead to an end.';
comment on constraint refunded_within_captured on payment_attempt is
  'No more goes back than was taken.';

comment on constraint pick_task_shipment_id_key on pick_task is
  'A parcel is picked once.';
comment on constraint pick_task_state_check on pick_task is
  'A parcel is to be picked, picked, or not wanted any more.';

comment on trigger price_added on price is
  'A new price is shown: lists and pages that have the old one in memory read it again.';
comment on constraint price_amount_check on price is
  'Nobody is paid for taking goods.';
comment on trigger price_changed on price is
  'A changed price is shown: lists and pages that have the old one in memory read it again.';
comment on constraint price_compare_at_check on price is
  'A price that is struck out was a price.';
comment on constraint price_min_quantity_check on price is
  'A price holds from some quantity on that can be ordered.';
comment on constraint price_per_units_check on price is
  'A price is for at least one unit: nothing is divided by zero.';
comment on constraint price_pkey on price is
  'One price per list, variant and quantity: what something costs does not hang on the order of rows.';
comment on trigger price_removed on price is
  'A price that has gone is not shown: lists and pages that have it in memory read again.';

comment on constraint price_list_check on price_list is
  'A list that ends has begun before.';
comment on constraint price_list_code_key on price_list is
  'A price list is named by its code in imports, and by no other.';

comment on trigger product_added on product is
  'A new product can be found: it gets its mark and its words.';
comment on trigger product_changed on product is
  'A changed product is found by its new words, and shown as it is.';
comment on constraint product_handle_check on product is
  'A handle can stand in the path of a page as it is.';
comment on constraint product_handle_key on product is
  'The address of a product leads to one product, and its import to the same one.';
comment on constraint product_options_check on product is
  'A product is chosen by three options at most, as files and screens have them.';
comment on constraint product_state_check on product is
  'A product is worked on, sold or gone: what is not sold is on no list.';

comment on trigger placement_added on product_category is
  'What comes into a category is shown there.';
comment on trigger placement_removed on product_category is
  'What leaves a category is not shown there any more.';
comment on constraint product_category_pkey on product_category is
  'A product is in a category once, and so once in its list.';

comment on constraint promise_asking_pkey on promise_asking is
  'When a promise was asked last is one moment for each scope.';
comment on constraint promise_asking_scope_check on promise_asking is
  'A promise is asked of what was touched or of everything.';

comment on constraint promotion_budget on promotion is
  'A promotion spends its budget and not a minor unit more, however many buyers come at once.';
comment on constraint promotion_budget_check on promotion is
  'A budget is an amount that can be spent.';
comment on constraint promotion_buyer_limit_check on promotion is
  'Where turns are limited each buyer has at least one.';
comment on constraint promotion_check on promotion is
  'A sum without its currency means nothing.';
comment on constraint promotion_check1 on promotion is
  'A promotion that ends has begun before.';
comment on constraint promotion_class_check on promotion is
  'It is known what a promotion takes from, and so what it goes together with.';
comment on constraint promotion_limit on promotion is
  'A promotion is used as often as it may be, over all its codes, however many buyers come at once.';
comment on constraint promotion_name_check on promotion is
  'A promotion has a name that can be shown on an order.';
comment on constraint promotion_spent_check on promotion is
  'Money that is given back twice is an error and not a larger budget.';
comment on constraint promotion_usage_limit_check on promotion is
  'A limit is a number of uses.';
comment on constraint promotion_used_check on promotion is
  'A use that is given back twice is an error and not another free use.';

comment on constraint promotion_turn_nth_check on promotion_turn is
  'Turns are counted from one.';
comment on constraint promotion_turn_pkey on promotion_turn is
  'A turn of a buyer is taken once: of two orders at once one gets it.';
comment on constraint promotion_turns_of_buyer on promotion_turn is
  'A buyer has as many turns as the promotion gives, however many orders come at once.';

comment on constraint provider_event_provider_event_id_key on provider_event is
  'A webhook is stored once: told again, it is known.';

comment on trigger publication_added on publication is
  'What is put on sale in a channel is shown there.';
comment on trigger publication_changed on publication is
  'When a product goes on sale is known to lists that were read before.';
comment on constraint publication_pkey on publication is
  'A product is put on sale in a channel once, at one moment.';
comment on trigger publication_removed on publication is
  'What is taken off sale in a channel is not shown there any more.';

comment on constraint refund_amount_check on refund is
  'No refund gives nothing, or takes under the name of giving.';
comment on constraint refund_attempt_id_cause_id_key on refund is
  'A cause gives money of one payment back once: a repeat of it finds the first refund.';
comment on constraint refund_reason_check on refund is
  'The reason of a refund stays short enough to be shown.';
comment on index refund_reference is
  'A refund out there is one of ours: its money is not counted twice.';
comment on constraint refund_state_check on refund is
  'Money is to go back, on its way, there or refused: no other state could be led to an end.';

comment on constraint revision_pkey on revision is
  'One number says whether what is kept in memory is still true.';

comment on constraint role_code_check on role is
  'A role can be named in settings and programs as it is.';
comment on constraint role_pkey on role is
  'A role is one set of permissions: nobody has those of its namesake.';

comment on constraint search_text_pkey on search_text is
  'A product has its words once in each language.';

comment on constraint secret_fingerprint_one_check on secret_fingerprint is
  'There is one row, because there is one secret.';
comment on constraint secret_fingerprint_pkey on secret_fingerprint is
  'One secret: a server with another one does not start and sign what nobody else can read.';

comment on constraint shipment_state_check on shipment is
  'A parcel is in a state from which the next one is known.';
comment on constraint shipment_weight_g_check on shipment is
  'A parcel is not lighter than nothing: postage is reckoned by it.';

comment on constraint shipment_line_pkey on shipment_line is
  'An item of a line is in a parcel once: what is sent is a plain sum.';
comment on constraint shipment_line_quantity_check on shipment_line is
  'Nothing is sent zero times.';

comment on constraint shipping_option_check on shipping_option is
  'The earliest day of a delivery comes before the latest.';
comment on constraint shipping_option_code_key on shipping_option is
  'A way of shipping is named by its code in settings, and by no other.';
comment on constraint shipping_option_days_min_check on shipping_option is
  'Nothing arrives before it was ordered.';

comment on constraint shipping_rate_amount_check on shipping_rate is
  'Nobody is paid for having something sent.';
comment on constraint shipping_rate_min_subtotal_check on shipping_rate is
  'A row of the table begins at a sum that a cart can have.';
comment on constraint shipping_rate_min_weight_g_check on shipping_rate is
  'A row of the table begins at a weight that a cart can have.';
comment on constraint shipping_rate_pkey on shipping_rate is
  'One price per currency, weight and sum: what shipping costs does not hang on the order of rows.';

comment on constraint shipping_zone_countries_check on shipping_zone is
  'A zone is somewhere.';
comment on constraint shipping_zone_name_key on shipping_zone is
  'A zone is known to people by its name, and so is no other.';

comment on constraint staff_email_check on staff is
  'An address is stored in small letters: one person has one account however they spell it.';
comment on constraint staff_email_key on staff is
  'Who signs in with an address is one person.';

comment on constraint staff_session_pkey on staff_session is
  'A token opens one session: nobody comes in as another.';

comment on constraint stock_item_sku_key on stock_item is
  'What lies on a shelf under an SKU is one thing, counted in one place.';

comment on constraint carts_hold_part_of_held on stock_level is
  'What carts hold is a part of what is held: a bot cannot make it more, nor an error less than nothing.';
comment on constraint channel_safety_is_units on stock_level is
  'What a channel leaves to the others is a number of units for each channel, which sales can subtract.';
comment on constraint never_oversold on stock_level is
  'No more is held than there is, may be back-ordered, or was found missing: not one unit is sold twice.';
comment on trigger stock_level_added on stock_level is
  'A new shelf is told to the lists that say what is there.';
comment on constraint stock_level_backorder_limit_check on stock_level is
  'How many may be sold that are not there is a number of units.';
comment on trigger stock_level_flipped on stock_level is
  'When the last one goes or the first one comes, lists are told.';
comment on constraint stock_level_held_check on stock_level is
  'What is given back twice is an error and not goods that nobody has.';
comment on constraint stock_level_on_hand_check on stock_level is
  'No shelf has less than nothing: what is sent was there.';
comment on constraint stock_level_pkey on stock_level is
  'An item has one count at a location: its row is the lock under which it is sold.';
comment on constraint stock_level_safety_check on stock_level is
  'What is kept back from sale is a number of units.';
comment on constraint stock_level_shortfall_check on stock_level is
  'What was found missing is a number of units: less than none would let nothing be sold.';

comment on constraint stock_movement_kind_check on stock_movement is
  'It is known why a count changed.';
comment on constraint stock_movement_quantity_check on stock_movement is
  'A movement moves something.';
comment on constraint stock_movement_reason_check on stock_movement is
  'The reason of a count stays short enough to be shown.';
comment on trigger stock_movements_are_append_only on stock_movement is
  'Every change of a count stays told: the sum of them is what lies there.';

comment on constraint tax_district_check on tax_district is
  'A district lies somewhere: one without places would tax nobody and look as if it did.';
comment on constraint tax_district_country_check on tax_district is
  'A country is a code of two capitals, as addresses have it.';
comment on constraint tax_district_country_region_kind_name_key on tax_district is
  'A district taxes once.';
comment on constraint tax_district_kind_check on tax_district is
  'It is known in which order districts tax on top of each other.';

comment on constraint tax_exemption_check on tax_exemption is
  'A certificate is of a customer or of one cart: nobody else owes less tax by it.';
comment on constraint tax_exemption_country_check on tax_exemption is
  'A country is a code of two capitals, as addresses have it.';
comment on constraint tax_exemption_number_check on tax_exemption is
  'A certificate has the number that an auditor asks for.';
comment on constraint tax_exemption_reason_check on tax_exemption is
  'It is on record why no tax was owed.';

comment on constraint tax_quote_pkey on tax_quote is
  'A cart has one answer of the tax engine: the total that is shown is the one that is charged.';

comment on constraint tax_rate_rate_ppm_check on tax_rate is
  'A rate is between nothing and all of the price.';
comment on constraint tax_rate_zone_id_category_component_key on tax_rate is
  'A component taxes once per zone and category.';

comment on constraint tax_zone_country_check on tax_zone is
  'A country is a code of two capitals, as addresses have it.';
comment on constraint tax_zone_country_region_key on tax_zone is
  'A place has one set of rates: which one counts does not hang on the order of rows.';

comment on constraint tracking_scan_shipment_id_status_at_detail_place_key on tracking_scan is
  'What the carrier saw is kept once, however often it is told.';

comment on trigger translation_added on translation is
  'A new translation is found and shown.';
comment on trigger translation_changed on translation is
  'A changed translation is found by its new words, and shown as it is.';
comment on constraint translation_locale_check on translation is
  'A language is a code as browsers send it.';
comment on constraint translation_pkey on translation is
  'A thing has one text per language.';
comment on trigger translation_removed on translation is
  'A translation that has gone is not found any more: the shop''s own words take its place.';
comment on constraint translation_subject_check on translation is
  'What is translated is something that has texts.';
comment on constraint translation_texts_check on translation is
  'Texts stand by the name of what they are for, as who reads them expects.';

comment on trigger variant_added on variant is
  'A new variant is found by its SKU and shown.';
comment on trigger variant_changed on variant is
  'A changed variant is found by its new SKU, and shown as it is.';
comment on index variant_options is
  'A choice of options is one variant that is sold: a buyer gets what was chosen.';
comment on constraint variant_sku_key on variant is
  'An SKU is one thing that can be bought: imports and orders mean the same.';
comment on constraint variant_weight_g_check on variant is
  'Nothing is lighter than nothing: postage is reckoned by it.';

comment on constraint variant_file_pkey on variant_file is
  'A file comes with a variant once: who buys it gets one right to it.';

comment on trigger variant_item_added on variant_item is
  'What a variant is made of decides what is there: lists that have it in memory read again.';
comment on trigger variant_item_changed on variant_item is
  'What a variant is made of decides what is there: lists that have it in memory read again.';
comment on constraint variant_item_pkey on variant_item is
  'An item is part of a variant once, in one quantity.';
comment on constraint variant_item_quantity_check on variant_item is
  'A variant is made of whole units, and of so many at most that sums can bear it.';
comment on trigger variant_item_removed on variant_item is
  'What a variant is made of decides what is there: lists that have it in memory read again.';

comment on constraint webhook_attempt_error_check on webhook_attempt is
  'What went wrong is kept in a length that a person reads.';
comment on constraint webhook_attempt_response_check on webhook_attempt is
  'Of what a stranger''s server answers only the beginning is kept.';

comment on constraint webhook_delivery_endpoint_id_event_id_key on webhook_delivery is
  'An event is queued for an endpoint once, also when its reader goes on after a kill.';
comment on constraint webhook_delivery_last_error_check on webhook_delivery is
  'What went wrong is kept in a length that a person reads.';
comment on constraint webhook_delivery_state_check on webhook_delivery is
  'A delivery waits, has arrived or was given up: none lies where nobody looks.';

comment on constraint webhook_endpoint_description_check on webhook_endpoint is
  'A description stays short enough to be shown in a list.';
comment on constraint webhook_endpoint_disabled_reason_check on webhook_endpoint is
  'It is known why an endpoint gets nothing: by a person, because it fails, or because it said so.';
comment on constraint webhook_endpoint_kinds_check on webhook_endpoint is
  'An endpoint wants something, and a list of wishes that can be matched for each event.';
comment on constraint webhook_endpoint_url_check on webhook_endpoint is
  'An address stays within what servers and proxies take.';

comment on constraint worker_heartbeat_pkey on worker_heartbeat is
  'A worker is alive or silent by one row: its jobs are set free by it.';

comment on function mark_goods is
  'Marks are locked in the order of their products: who change many at once never wait in a circle.';
