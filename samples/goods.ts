// What the sample shop sells, a line per product: title | price | weight in grams | description.
// The options of a department are drawn from its choices, see make-catalog.ts.

export type Department = {
  readonly category: string
  readonly type: string
  readonly vendors: readonly string[]
  readonly tags: readonly string[]
  /** Option names with their values; each product takes some of them. */
  readonly options: readonly { readonly name: string; readonly values: readonly string[] }[]
  /** How much each further value of the first option adds to the price, in cents. */
  readonly step: number
  /** Said of everything in the department. */
  readonly note: string
  /** Nothing is sent: it is there at once, and never runs out. */
  readonly is_digital?: true
  readonly goods: string
}

const colors = ['Sand', 'Moss', 'Ink', 'Brick', 'Oat', 'Slate', 'Plum']

export const departments: readonly Department[] = [
  {
    category: 'Clothing > Tops',
    type: 'Tops',
    vendors: ['Nordholm', 'Fieldmark', 'Atelier Loom'],
    tags: ['clothing', 'organic cotton'],
    options: [
      { name: 'Size', values: ['XS', 'S', 'M', 'L', 'XL'] },
      { name: 'Color', values: colors },
    ],
    step: 0,
    note: 'Wash at 30 °C with similar colors and dry on the line. Fits true to size.',
    goods: `
Everyday Crew Tee|24.90|180|A mid-weight tee with a collar that keeps its shape. The side seams
  run straight, so nothing twists in the wash.
Boxy Pocket Tee|27.90|190|Cut short and wide, with one chest pocket just big enough for a pair of
  glasses.
Long Sleeve Rib Tee|34.90|230|Fine ribs stretch with you and spring back. Good under a jacket,
  good alone.
Striped Sailor Shirt|39.90|240|Knitted in, not printed on: the stripes stay as clear as on the
  first day.
Washed Linen Shirt|69.90|220|Linen that has been washed until it gave up being stiff. Cool in
  July, layered in October.
Oxford Button Shirt|64.90|290|The weave is dense, the buttons are real shell, and the collar rolls
  on its own.
Flannel Work Shirt|59.90|340|Brushed on both sides for warmth, with double elbows for those who
  use them.
Merino Base Sweater|89.90|260|Thin enough for a suit, warm enough for a platform in January. Does
  not itch.
Chunky Roll Neck Sweater|119.90|680|Five strands of wool in one yarn. Knitted slowly, worn for a
  long time.
Raglan Sweatshirt|54.90|420|Loop-back cotton and no seam on the shoulder, so a backpack sits well.
Zip Hoodie|69.90|560|A two-way zip, a hood with weight and pockets that hold a phone without
  sagging.
Waffle Henley Shirt|44.90|300|Honeycomb knit holds air close to the skin. Three buttons, no fuss.
Quilted Vest|79.90|380|The layer between a shirt and a coat. Packs into its own inner pocket.
Rain Shell Jacket|139.90|410|Taped seams, a brim on the hood and zips you can work with gloves.
Canvas Chore Jacket|109.90|820|Cotton canvas that starts stiff and ends as yours. Four outside
  pockets.
Field Cardigan|94.90|520|A cardigan with the cut of a jacket and the ease of a blanket.`,
  },
  {
    category: 'Clothing > Bottoms',
    type: 'Bottoms',
    vendors: ['Fieldmark', 'Nordholm'],
    tags: ['clothing'],
    options: [
      { name: 'Size', values: ['28', '30', '32', '34', '36'] },
      { name: 'Color', values: ['Ink', 'Moss', 'Sand', 'Slate'] },
    ],
    step: 0,
    note: 'The size is the waist in inches. Hemmed to a leg of 81 cm, with 4 cm to let out.',
    goods: `
Straight Leg Jeans|89.90|780|Heavy denim without stretch. They need a week, then they fit nobody
  else.
Relaxed Chinos|69.90|520|Room at the thigh, a clean line to the hem, and a coin pocket that holds
  a key.
Drawstring Linen Trousers|64.90|340|For days when a belt is too much. Deep pockets, flat waistband
  in front.
Corduroy Trousers|79.90|610|Eight wales to the inch, soft from the start, warm until spring.
Trail Shorts|44.90|210|Quick to dry, with a gusset for stiles and fences.
Cotton Pyjamas|59.90|480|Woven like a good shirt and cut like a holiday. Piped by hand at the
  collar.
Wool Travel Trousers|119.90|430|Creases fall out overnight. Looks like the office, feels like the
  train.`,
  },
  {
    category: 'Clothing > Accessories',
    type: 'Accessories',
    vendors: ['Nordholm', 'Atelier Loom'],
    tags: ['clothing', 'gift'],
    options: [{ name: 'Color', values: colors }],
    step: 0,
    note: 'One size. Made in small runs; shades may differ a little from one run to the next.',
    goods: `
Fisherman Beanie|24.90|80|Short, ribbed and turned up once. Stays above the ears or below them.
Lambswool Scarf|49.90|210|Two metres of soft wool with hand-tied fringes.
Touchscreen Gloves|29.90|70|A conductive thread runs through thumb and forefinger, so they stay
  on.
Walking Socks|14.90|90|Padded at heel and toe, thin over the instep. No seam across the toes.
House Slippers|39.90|360|Felted in one piece around a last, with a sole that grips on wood.
Canvas Cap|27.90|110|Six panels, a short brim and a brass buckle that does not catch hair.
Silk Square Scarf|59.90|60|Printed with the plan of an imaginary harbor. Edges rolled by hand.
Woven Belt Bag|34.90|240|For keys, cards and a paperback, and both hands free.`,
  },
  {
    category: 'Kitchen > Cookware',
    type: 'Cookware',
    vendors: ['Hearthline', 'Copper & Sons'],
    tags: ['kitchen'],
    options: [{ name: 'Size', values: ['20 cm', '24 cm', '28 cm'] }],
    step: 1500,
    note: 'For gas, electric and induction hobs. Ten years of guarantee on the base.',
    goods: `
Cast Iron Skillet|49.90|2100|Comes seasoned and gets better. Sears, bakes and goes from the hob to
  the table.
Carbon Steel Wok Pan|54.90|1500|Light enough to toss with one hand, thin enough to answer the
  flame at once.
Enamelled Casserole Pot|129.90|4200|Heavy lid, small drops inside it that baste whatever simmers
  below.
Copper Saucepan|149.90|1600|Two millimetres of copper lined with steel. Caramel waits for you.
Steel Frying Pan|69.90|1400|Three layers up to the rim, so the edge is as hot as the middle.
Stock Pot with Lid|89.90|2600|Marked in litres on the inside. Holds a chicken and what belongs to
  it.
Braising Dish|99.90|3100|Wide and shallow, for what should brown before it stews.
Pancake Pan|39.90|1200|A low rim and a long handle. The first pancake may fail, the second will
  not.
Roasting Tin|44.90|1800|With a rack that lifts out and two handles that fold away.`,
  },
  {
    category: 'Kitchen > Tools',
    type: 'Kitchen tools',
    vendors: ['Hearthline', 'Kerbside Goods', 'Beech & Co'],
    tags: ['kitchen', 'gift'],
    options: [],
    step: 0,
    note: 'Wood is oiled with linseed; steel goes into the dishwasher, wood does not.',
    goods: `
Olive Wood Chopping Board|39.90|950|Cut across the grain from one piece. No two look alike.
End Grain Carving Board|79.90|2900|Knives sink between the fibres instead of through them, and
  stay sharp.
Paring Knife|24.90|70|Nine centimetres of blade for everything that is peeled in the hand.
Chef's Knife|89.90|210|A curve to rock on and weight in front of the grip. Arrives sharp.
Bread Knife|49.90|190|Rounded teeth that saw a crust without crushing the crumb.
Cherry Wood Spoon|12.90|45|One straight edge reaches into the corner of the pot.
Beech Rolling Pin|22.90|520|Tapered at both ends, so dough can be turned while it is rolled.
Box Grater|27.90|310|Four sides, one handle and a lid at the bottom that catches it all.
Balloon Whisk|14.90|110|Eleven wires, thin enough for cream and stiff enough for batter.
Fish Spatula|19.90|95|Slotted, thin and a little flexible. Also the best thing for fried eggs.
Spring Tongs|16.90|140|They lock with one hand and open with the other end.
Pepper Mill|44.90|330|A ceramic grinder that is set once and does not wander.
Hanging Colander|34.90|480|Holes in rows that let rice stay where it is.
Mixing Bowl Set|49.90|1300|Three bowls that sit in each other, with a rim that pours.
Salad Spinner Bowl|32.90|900|A cord to pull, a brake to press and a bowl good enough to serve in.
Loaf Tin|21.90|600|Folded, not welded: no seam for dough to hide in.`,
  },
  {
    category: 'Kitchen > Tableware',
    type: 'Tableware',
    vendors: ['Kiln & Clay', 'Kerbside Goods'],
    tags: ['kitchen', 'ceramics'],
    options: [{ name: 'Glaze', values: ['Chalk', 'Sea', 'Rust', 'Night'] }],
    step: 0,
    note: 'Stoneware, fired at 1,240 °C. Safe in dishwasher, oven and microwave.',
    goods: `
Breakfast Mug|18.90|340|Holds a third of a litre and sits flat in a saucer or in two hands.
Espresso Cup Pair|24.90|260|Thick walls keep a short drink warm to the end.
Soup Bowl|21.90|480|Deep, with a rim for bread.
Dinner Plate|24.90|720|The edge rises just enough to keep sauce where it belongs.
Serving Dish|39.90|1100|Long and shallow, for a fish or for twelve tomatoes.
Small Teapot|49.90|650|A spout that does not drip and a lid that does not fall.
Water Jug|44.90|980|A litre and a half. The handle leaves room for all fingers.
Egg Cup Pair|16.90|140|Wide enough at the foot to survive a child.`,
  },
  {
    category: 'Tea and coffee > Tea',
    type: 'Tea',
    vendors: ['Harbour Leaf', 'Mountain Steep'],
    tags: ['tea', 'pantry'],
    options: [{ name: 'Weight', values: ['50 g', '100 g', '250 g'] }],
    step: 550,
    note: 'Packed in a pouch that closes again. Keep it dry and away from the spices.',
    goods: `
Assam Breakfast Tea|6.90|70|Dark and malty, made for milk. Three minutes and not one more.
Darjeeling First Flush Tea|12.90|70|Picked in March: light in the cup, with a note of green
  almond.
Earl Grey Blend|7.90|70|Black tea with oil from the peel of Calabrian bergamot, and no blossoms
  for show.
Smoked Pine Tea|9.90|70|Dried over pine fires. A small spoon of it changes a whole pot.
Jade Sencha Tea|10.90|70|Steamed on the day of the harvest. Water at 70 °C, please.
Roasted Twig Tea|8.90|70|Stems and leaves roasted brown. Nutty, round and nearly without caffeine.
Genmaicha Rice Tea|8.50|70|Green tea with toasted rice; some of the grains have popped.
Jasmine Pearl Tea|14.90|70|Rolled by hand, scented with fresh blossoms over seven nights.
White Peony Tea|13.90|70|Buds and two leaves, only withered and dried. Soft as hay and melon.
Oolong High Mountain Tea|15.90|70|Half oxidized. The leaves open over five infusions, each one
  different.
Masala Chai|8.90|70|Assam with cardamom, ginger, clove and black pepper, ground coarsely.
Rooibos Vanilla|6.90|70|Red, sweet and free of caffeine, with pieces of real pod.
Peppermint Infusion|5.90|70|Whole leaves, cut only as far as they must be to fit the pouch.
Chamomile Infusion|6.50|70|Whole heads of flowers. For the end of days that were too long.
Ginger Lemon Infusion|6.50|70|Hot from the root, bright from the peel. Good cold as well.
Mulled Apple Infusion|7.20|70|Apple, cinnamon and orange. Smells of a market in December.`,
  },
  {
    category: 'Tea and coffee > Coffee',
    type: 'Coffee',
    vendors: ['Drum Roasters', 'Harbour Leaf'],
    tags: ['coffee', 'pantry'],
    options: [
      { name: 'Weight', values: ['250 g', '500 g', '1 kg'] },
      { name: 'Grind', values: ['Whole beans', 'Filter', 'Espresso'] },
    ],
    step: 750,
    note: 'Roasted on Mondays and Thursdays, sent the day after. Best within eight weeks.',
    goods: `
House Espresso Beans|9.90|270|Chocolate and hazelnut, with enough body to carry milk.
Northern Filter Roast|10.90|270|Light roast with the sweetness of ripe plum. Made to be drunk
  black.
Washed Highland Coffee|12.90|270|Floral and clear, like tea that decided to be coffee.
Natural Forest Coffee|13.90|270|Dried in the cherry. Blueberry, no joke.
Monsoon Malabar Coffee|11.90|270|Left to the monsoon winds for weeks. Low in acid, spicy, heavy.
Decaf Valley Roast|11.90|270|Decaffeinated with water and nothing else. Tastes of caramel, not of
  absence.
Half and Half Blend|10.90|270|Half the caffeine for the second pot of the day.
Dark Harbour Roast|9.90|270|Roasted until the oil shows. For moka pots and strong opinions.
Cold Brew Blend|11.50|270|Coarse by nature: steep it for sixteen hours and forget the sugar.`,
  },
]
