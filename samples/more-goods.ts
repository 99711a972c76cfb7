// The other half of what the sample shop sells, in the form of goods.ts.
import type { Department } from './goods.ts'

export const more_departments: readonly Department[] = [
  {
    category: 'Books > Stories',
    type: 'Books',
    vendors: ['Lantern Press', 'Paper Bridge'],
    tags: ['books', 'fiction'],
    options: [{ name: 'Format', values: ['Paperback', 'Hardcover'] }],
    step: 1000,
    note: 'Printed on wood-free paper and sewn, so that it lies open on its own.',
    goods: `
The Cartographer of Small Rooms|14.90|320|A man who has not left his house in years is asked to
  map it. It takes longer than he thought.
Salt on the Window|13.90|280|Two sisters inherit a ferry and the debts of everyone who ever rode
  it.
A Clock for Winter|15.90|360|In a village without a church tower, somebody begins to ring the
  hours.
The Tenth Lighthouse|14.90|340|Nine are on the chart. A novel about what a keeper owes to ships
  that are not there.
Borrowed Thunder|12.90|260|Eleven short stories, each of which starts with the weather and ends
  somewhere else.
The Apple Inventory|13.90|300|A botanist counts the trees of a valley that will be under water by
  spring.
Night Train to Almost|14.90|310|Six passengers, one compartment, and a border that moves while
  they sleep.
What the Bakers Know|12.90|270|The city as seen at four in the morning, through the windows of its
  bakeries.
An Atlas of Lost Gloves|15.90|330|Each chapter belongs to one glove and to the hand that misses
  it.
The Quiet Auction|14.90|350|Nobody bids aloud. A crime novel in which hardly anything is stolen.`,
  },
  {
    category: 'Books > Practical',
    type: 'Books',
    vendors: ['Paper Bridge', 'Workbench Editions'],
    tags: ['books', 'practical'],
    options: [{ name: 'Format', values: ['Paperback', 'Hardcover'] }],
    step: 1000,
    note: 'With drawings on every other page and a ribbon to find the way back.',
    goods: `
Bread in Seven Days|24.90|640|One loaf a day for a week; at the end the starter lives and so do
  you.
Mend It Once|19.90|480|Forty repairs of clothes, chairs and bicycles, sorted by the tools they
  need.
The Balcony Harvest Book|21.90|520|What grows in pots, what does not, and what to tell the
  neighbors.
Soup for Every Month|22.90|600|Sixty soups in the order of the market, with what to do on the
  second day.
Knots for Non Sailors|16.90|300|Twelve knots that hold and how to get them open again.
Letters by Hand|18.90|340|A course in handwriting for people who only sign things.
The Weekend Carpenter|26.90|720|From a straight cut to a table in ten weekends.
Birds from the Kitchen Window|17.90|380|The thirty you will really see, with the songs written as
  you would say them.`,
  },
  {
    category: 'Electronics > Cables and power',
    type: 'Cables and power',
    vendors: ['Voltaire', 'Plain Current'],
    tags: ['electronics'],
    options: [
      { name: 'Length', values: ['0.5 m', '1 m', '2 m'] },
      { name: 'Color', values: ['Black', 'White'] },
    ],
    step: 300,
    note: 'Tested for 20,000 bends. Guaranteed for three years.',
    goods: `
Braided USB-C Cable|12.90|40|Carries 100 watts and full-speed data. The sleeve does not kink.
USB-C to Lightning Cable|17.90|35|Charges fast and syncs as well. Slim enough for every case.
Flat HDMI Cable|15.90|80|Runs under carpets and behind boards. 4K at 120 pictures a second.
Magnetic Charging Cable|19.90|50|Snaps on in the dark and lets go when somebody trips.
Ethernet Patch Cable|8.90|60|Shielded in pairs, with a latch that cannot break off.
Right Angle USB-C Cable|13.90|40|The plug turns the corner, so the cable does not have to.
Audio Jack Cable|9.90|45|Gold where it matters, cotton where you touch it.
Extension Plug Cable|18.90|310|Three sockets, a flat plug and a switch you can find with a toe.`,
  },
  {
    category: 'Electronics > Accessories',
    type: 'Electronics accessories',
    vendors: ['Voltaire', 'Deskmate', 'Plain Current'],
    tags: ['electronics', 'desk'],
    options: [{ name: 'Color', values: ['Black', 'White', 'Sage'] }],
    step: 0,
    note: 'Comes in a box of paper only. Two years of guarantee, spare parts for five.',
    goods: `
Aluminium Laptop Stand|44.90|780|Lifts the screen to the eyes. Folds as flat as the laptop.
Wireless Mouse|34.90|90|Quiet clicks, a wheel that can run free, and a charge that lasts a season.
Compact Keyboard|79.90|560|All the keys you use in two thirds of the space. Low profile, soft
  sound.
USB-C Travel Hub|49.90|95|One cable in, five ports out. The lead tucks into its own groove.
Desk Power Charger|59.90|320|Four ports share 100 watts and agree among themselves who gets how
  much.
Slim Power Bank|39.90|210|Two full charges in the size of a phone. Charges and is charged at once.
Phone Holder|14.90|120|One piece of bent steel. Upright, on its side, or on the edge of a shelf.
Felt Laptop Sleeve|32.90|180|Wool felt, cut and folded, without a zip that could scratch.
Over Ear Headset|89.90|260|Closed cups and a microphone on an arm that mutes when it is raised.
Clip On Webcam|54.90|110|A lens of glass and a cover that slides over it.
Pocket Speaker|49.90|340|Small, waterproof and louder than expected. Ten hours of music.
Luggage Tracker|24.90|15|The size of a coin. Says where the suitcase is, also when you are not
  there.
Bike Phone Mount|27.90|85|A quarter turn locks it, a quarter turn frees it. Cobbles are fine.
Reading Light|22.90|60|Clips on a page and shines warm. Charges by the cable you have anyway.`,
  },
  {
    category: 'Home > Textiles',
    type: 'Home textiles',
    vendors: ['Atelier Loom', 'Stillwater'],
    tags: ['home'],
    options: [{ name: 'Color', values: ['Sand', 'Moss', 'Ink', 'Brick'] }],
    step: 0,
    note: 'Woven in Europe and washed before it is sewn, so it will not shrink again.',
    goods: `
Waffle Bath Towel|34.90|520|Dries you and then itself, long before the next shower.
Hand Towel Pair|24.90|300|With a loop on the long side, where the hook is.
Linen Bed Sheet|99.90|900|Feels cool at first and warm after. Fits mattresses up to thirty
  centimetres.
Linen Pillow Case|29.90|180|An envelope closure and no buttons in the face.
Wool Throw Blanket|119.90|1100|Undyed wool in two natural shades. For sofas and for the walk to
  the lake.
Cotton Knit Blanket|79.90|1300|Heavy in the good sense. Can be washed in the machine.
Velvet Cushion|39.90|480|Filled with feathers, closed with a zip you cannot see.
Kitchen Apron|32.90|260|Straps that cross behind and do not pull at the neck.
Table Napkins Set|27.90|240|Four of linen. Stains are part of the story, but most come out.
Woven Floor Rug|149.90|3200|Flat weave with two right sides. Sixty by one hundred and forty
  centimetres.`,
  },
  {
    category: 'Home > Light and scent',
    type: 'Light and scent',
    vendors: ['Stillwater', 'Beech & Co'],
    tags: ['home', 'gift'],
    options: [],
    step: 0,
    note: 'Made to be repaired: every part can be had alone.',
    goods: `
Paper Table Lamp|49.90|620|Folded from one sheet over a frame of ash. Light like late afternoon.
Brass Wall Lamp|89.90|940|Turns on its arm and dims at the cord.
Camping Lantern|44.90|410|Warm light for forty hours, and a hook that goes over a branch.
Beeswax Candle Pair|18.90|320|Poured slowly, burns slowly. Smells of what it is.
Cedar Scented Candle|27.90|380|Cedar, smoke and a little orange peel. Fifty hours.
Tall Dinner Candle Set|16.90|460|Six, dyed through, without drips if there is no draught.
Olive Oil Soap Bottle|12.90|520|Liquid soap with bay leaf. The bottle is filled again, not thrown
  away.
Linen Room Spray|14.90|240|Lavender water for curtains, pillows and rented rooms.`,
  },
  {
    category: 'Stationery',
    type: 'Stationery',
    vendors: ['Paper Bridge', 'Deskmate'],
    tags: ['stationery', 'desk', 'gift'],
    options: [{ name: 'Cover', values: ['Grey', 'Blue', 'Red'] }],
    step: 0,
    note: 'Paper of 100 g that takes a fountain pen without showing it on the back.',
    goods: `
Pocket Notebook|6.90|70|Sixty-four pages that fit a back pocket and survive it.
Dotted Notebook|14.90|280|Dots pale enough to vanish under writing. Numbered pages and an index.
Ruled Hardback Notebook|17.90|340|Two ribbons, for where you are and where you should be.
Undated Weekly Planner|19.90|310|Starts when you do. A week on the left, the rest of life on the
  right.
Sketchbook|21.90|480|Heavy paper with a tooth. Sewn, so that a drawing may cross the middle.
Travel Diary|16.90|220|One page a day for three months, with a pocket for tickets.
Photo Album|29.90|860|Black pages and corners included. Fills up more slowly than a phone.
Project Sketch Cards|9.90|180|A hundred cards, blank and ruled. Shuffle until it makes sense.
Letter Set with Envelopes|15.90|260|Twenty sheets and lined envelopes. Stamps are up to you.`,
  },
  {
    category: 'Stationery > Writing',
    type: 'Writing',
    vendors: ['Deskmate', 'Graphite Row'],
    tags: ['stationery', 'desk'],
    options: [{ name: 'Width', values: ['Fine', 'Medium', 'Broad'] }],
    step: 0,
    note: 'Refills are always in stock, and fit older models too.',
    goods: `
Brass Ballpoint Pen|34.90|45|Heavy, and heavier in the pocket of a thin shirt. Ages well.
Everyday Fountain Pen|29.90|25|A steel nib that forgives. Writes at once after a week in a drawer.
Gel Pen Set|9.90|40|Three pens that do not smear, not even for those who write with the left.
Technical Pencil|18.90|20|A grip of knurled metal and a lead that stays centred.
Brush Marker Pens|14.90|60|Six colors that can be mixed with water.
Bottled Ink|12.90|180|Blue that dries to nearly black. Fifty millilitres in glass.`,
  },
  {
    category: 'Outdoor',
    type: 'Outdoor',
    vendors: ['Fieldmark', 'Ridge & River'],
    tags: ['outdoor'],
    options: [{ name: 'Color', values: ['Moss', 'Slate', 'Brick'] }],
    step: 0,
    note: 'Repairs are free for as long as you own it.',
    goods: `
Roll Top Backpack|99.90|880|Twenty-two litres, more when unrolled. Opens from the side as well.
Day Hike Rucksack|84.90|740|A back that breathes and pockets you reach while walking.
Canvas Tote Bag|29.90|360|Carries twelve kilos and stands on its own floor.
Insulated Bottle|32.90|380|Hot for twelve hours, cold for twenty-four, tight in every position.
Steel Canteen Flask|27.90|290|One wall, one litre. May stand in the fire when the cap is off.
Two Person Tent|249.90|2400|Up in four minutes, also in the wind, also alone.
Travel Hammock|59.90|540|Holds two hundred kilos; the straps do not hurt the bark.
Foam Sleeping Mat|39.90|420|Folds like an accordion, insulates like a good idea.
Rechargeable Headlamp|44.90|95|Red for the tent, white for the trail, and a lock for the bag.
Picnic Basket|69.90|1600|Woven from willow, with plates for four under the lid.
Enamel Camping Mug|12.90|130|Chips one day, and is better for it.
Pocket Trowel|16.90|110|For what must be buried, and for tent pegs.`,
  },
  {
    category: 'Garden',
    type: 'Garden',
    vendors: ['Ridge & River', 'Seedsmith'],
    tags: ['garden'],
    options: [],
    step: 0,
    note: 'Seeds are from last year’s harvest and germinate to at least 85 percent.',
    goods: `
Heirloom Tomato Seeds|3.90|10|Five old kinds in five colors. Sow inside in March.
Kitchen Herb Seeds|4.90|12|Basil, chives, parsley, dill and thyme, each in its own bag.
Meadow Flower Seeds|5.90|40|Thirty kinds for ten square metres. Mow once a year, in September.
Climbing Bean Seeds|3.50|30|Grows up a string faster than you can watch, and then feeds you.
Copper Garden Trowel|49.90|420|Copper glides through wet soil and keeps its edge.
Long Spout Watering Can|59.90|1300|The rose turns up for seedlings and down for roots.
Terracotta Planter|24.90|2100|Fired hot enough to stay out in frost.
Herb Window Box Planter|34.90|1700|Zinc, with a false floor that keeps feet dry.
Bypass Garden Scissors|39.90|240|Cut flowers without crushing the stem. Every screw can be
  replaced.`,
  },
  {
    category: 'Toys and games',
    type: 'Toys and games',
    vendors: ['Beech & Co', 'Wobble Works'],
    tags: ['toys', 'gift'],
    options: [],
    step: 0,
    note: 'Painted with colors that may be licked. From three years on, if not said otherwise.',
    goods: `
Wooden Building Blocks|44.90|2200|Forty-eight blocks in a bag. The offcuts are in there too, and
  are the best part.
Stacking Animals|29.90|480|A bear can stand on a snail. Eleven animals that balance on each other.
Pull Along Train|34.90|620|Three wagons and magnets that only hold in the right direction.
Memory Game of Leaves|19.90|340|Thirty pairs of leaves. The oaks are difficult.
Harbour Floor Puzzle|24.90|780|Forty-eight large pieces and a ship in every one of them.
Thousand Piece Puzzle of Maps|22.90|720|An old city, drawn from above. Weeks of quiet.
Picture Dominoes|17.90|410|Fruits on one side, dots on the other, so it grows with its players.
Pocket Kite|21.90|150|No sticks. Flies from the first gust and lives in a coat.
Card Game of Weather|14.90|180|Two to five people try to get home dry. Twenty minutes a round.
Modelling Wax Animals Kit|18.90|360|Six colors that soften in the hand and do not stick to
  tables.`,
  },
  {
    category: 'Pantry',
    type: 'Pantry',
    vendors: ['Kerbside Goods', 'Seedsmith'],
    tags: ['pantry', 'gift'],
    options: [],
    step: 0,
    note: 'Best before the date on the lid. Without flavorings and without added color.',
    goods: `
Early Harvest Olive Oil|18.90|960|Green, peppery and pressed within six hours. Half a litre.
Red Wine Vinegar|8.90|560|Aged in oak for a year, so it is sharp but not rude.
Flaky Sea Salt|6.90|260|Dried by sun and wind. Crush it between the fingers at the end.
Whole Black Peppercorns|7.90|120|Picked ripe, dried slowly. Smells of pine and citrus.
Smoked Paprika Tin|5.90|90|Smoked over oak for two weeks. Sweet first, warm later.
Forest Honey|9.90|640|Dark and nearly savory, collected in fir woods in August.
Sour Cherry Jam|6.50|330|More fruit than sugar, and no stones.
Hazelnut Cocoa Spread|8.90|310|Hazelnuts come first on the list, and second as well.
Bronze Cut Spaghetti|4.50|520|Rough on the outside, so the sauce has something to hold on to.
Heritage Lentils|4.90|520|Small, dark and firm after cooking. No soaking.
Dark Drinking Cocoa|9.50|280|Two spoons, hot milk, a minute of whisking. Seventy percent.
Whole Grain Mustard|5.90|260|Ground coarsely with white wine. Hot for a second only.
Dried Porcini|11.90|60|Thirty grams perfume a risotto for six.
Oat Crackers|3.90|190|Thin, salted and made for cheese.
Marzipan Bar|4.20|110|Almonds and sugar, in that order, under dark chocolate.
Elderflower Cordial Bottle|8.50|760|One part to seven of cold water. Or of something else that
  sparkles.`,
  },
  {
    category: 'Downloads',
    type: 'Downloads',
    vendors: ['Atelier Loom', 'Lantern Press'],
    tags: ['download'],
    options: [],
    step: 0,
    note: 'A file to print at home, so nothing travels. For your own use.',
    is_digital: true,
    goods: `
Apron Sewing Pattern|6.90|0|One size with ties that fit everybody. Twelve sheets to tape together.
Tote Bag Sewing Pattern|4.90|0|An afternoon with a machine, or two evenings without one.
Garden Planner Sheets|3.90|0|What is sown when, for a year and eight beds.
Weekly Menu Sheets|2.90|0|Seven dinners and the list for the market beside them.
Bird Song Poster File|5.90|0|Forty birds of the city by the hour at which they begin.`,
  },
]
