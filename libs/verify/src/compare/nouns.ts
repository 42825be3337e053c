/**
 * Nouns, and adjectives of color and size, that only say what is counted: `12 red apples` is 12. The list is closed on
 * purpose: a word that is not in it may be a number (`3 myriads`), an operation or an opposite, and decides against
 * equality where the gold lacks it. Singular forms; the plural is found by `singular`. Source: the nouns after numbers
 * in GSM8K and MATH.
 */

const NOUNS: ReadonlySet<string> = new Set(
  (
    'acorn act action actor ad adult airplane album alien alligator almond angle animal answer ant antacid ' +
    'apartment ape app apple appointment apricot arm arrangement arrow article artist asparagus assignment ' +
    'athlete attempt attendee aunt avocado award baby back backpack badge bag bagel bale ball balloon banana band ' +
    'bandage bar barrel base basket basketball bat batch bath battery beach bead bean bear beat bed bedroom bee ' +
    'beetle bell belt bench berry bicycle big bike bill bin bird biscuit bite black blanket block blouse blue ' +
    'blueberry boat bolt bone book bookmark boot bottle bouquet bow bowl box boy bracelet branch bread breakfast ' +
    'brick bridge brochure brother brown brownie bucket bug builder building bulb bull bun bunch bundle bunny ' +
    'burger burrito bus bush bushel butter butterfly button buyer cabbage cabin cabinet cage cake calculator calf ' +
    'call camel camera camper can candle candy canoe cap car card carnation carpet carriage carrot cart carton ' +
    'cartoon case cashew cat caterpillar ceiling celery cell center certificate chair chapter character charger ' +
    'check cheese cherry chess chest chick chicken child chip chocolate choice chore circle clam class classmate ' +
    'classroom clerk client clip clock closet clothes clown clownfish club coach coat coconut code coffee coin ' +
    'collection color column combination comic committee company computer concert cone console container ' +
    'contestant cookie copy corner costume cotton couch country couple coupon course court cousin cover cow crab ' +
    'cracker crane crate crayon cream crew cricket crocodile croissant crop crow crown crystal cub cube cucumber ' +
    'cup cupcake cupful curtain customer cut cycle cyclist daisy dancer date daughter deck decoration deer desk ' +
    'dessert diagonal diamond diary die digit dime dinner dish divisor doctor dog doll dolphin donation donkey ' +
    'donut door dose dot doughnut dove drawer drawing dress drink drive driver driveway drop drum duck duckling ' +
    'eagle ear earring edge egg element elephant elf elk email employee emu engine engineer english entry ' +
    'envelope episode equation eraser error essay event exam exercise eye face fact factor factory fall family ' +
    'fan farm farmer feather female fence ferry field fig figure file film finger firework fish fisherman flag ' +
    'flamingo flashlight flavor flea flight flip floor flower flute fly flyer folder follower food foot football ' +
    'fork form fountain fox fraction fresh friend frog fruit fry function gal game garden garland gate gear gecko ' +
    'gem gemstone ghost gift giraffe girl glass glove gnome goal goat gold golden goldfish golf goose gorilla ' +
    'grader grain grandchild grape graph gray green grey grocery group guard guess guest guitar gumball guppy guy ' +
    'gym hair hamburger hamster hand handful handshake hat hatchling hawk head heap heart hectare helicopter ' +
    'helmet helping hen hexagon hike hiker hippo history hit hole home horse hospital hotdog hotel house human ' +
    'hurdle ice individual ingredient insect inspector instrument integer intersection interview invoice island ' +
    'item jacket jar jeans jelly jellybean jersey jewel job jog jogger joke judge jug juice jump juror kangaroo ' +
    'kayak key kid kilo kind kite kitten kiwi knife koala label lace lad ladder lady ladybug lamb lamp lane ' +
    'lantern lap laptop large lawn lawyer leaf lecture leg lego legos lemon lentil leopard lesson letter level ' +
    'library lid light lily lime line lion list little lizard load loaf lobster log lollipop loop lot lunch ' +
    'machine magazine magnet mailbox male man mango map marble marigold mark marker marshmallow mask mat match ' +
    'matchstick math meal measure meatball medal meeting melon member message method milk minnow mirror missile ' +
    'mistake mitten model mom monitor monkey monster moon moose mosquito moth motorcycle mouse movie muffin mug ' +
    'multiple museum mushroom musician nail napkin narwhal necklace neighbor nephew nest new newspaper nickel ' +
    'niece night note notebook noun novel nugget number nurse nut object octagon octopus offer office officer old ' +
    'onion opponent option orange orchid order ordering outcome outfit outlet owl owner oyster oz pack package ' +
    'packet page pail paint painter painting pair pallet pan pancake panda panel pant paper paragraph parcel ' +
    'parent park parrot part participant particle partition party pass passage passenger pasta pastry patch path ' +
    'patient pattern paw pea peach peanut pear pearl pebble pecan peg pen pencil penguin pentagon people pepper ' +
    'period permutation person peso pet petal petunia phone photo photograph piano pickle picture pie piece pig ' +
    'pigeon piglet pile pill pillow pilot pin pine pineapple pinecone pink pirate pistachio pitcher pixel pizza ' +
    'place plane planet plank plant plate player playlist plot plum pocket poem point pole polygon pony pool ' +
    'popsicle portion position post postcard poster pot potato pouch present president pretzel printer prize ' +
    'problem product program project pumpkin pup pupil puppy purple purse puzzle quadrilateral question quiz ' +
    'rabbit race racer rack radio radish raspberry rat rattle ream receipt record rectangle red region report ' +
    'reptile residence resident restaurant result rhino rib ribbon ride rider ring river road robot rock rod roll ' +
    'roof room roommate rooster root rope rose round route row rubber rug run runner sack sailor salad sale ' +
    'salmon sandal sandwich sapling sausage scarf school science scientist scoop scooter screen screw seagull ' +
    'seal seashell season seat section seed segment selection seller sentence sequence series serving session set ' +
    'shape share shark sheep sheet shelf shell shift shingle ship shirt shoe shop shot shovel show shrimp shrub ' +
    'sibling side sign silver singer sip sister site skateboard sketch skip skirt slice slipper small snack snail ' +
    'snake sneaker sock soda sofa soldier solution son song sort soup space speaker spelling spider spoke spoon ' +
    'spoonful spot sprout square squirrel stack stage stair stamp star state station statue steak stem step stew ' +
    'stick sticker stitch stool stop store story stranger straw strawberry street string stripe student stuffed ' +
    'subject subset success suit suitcase sunflower surfer survey swan sweater sweet swim swimmer symbol table ' +
    'tablespoon tablet taco tail tank tape task taxi teacher team teammate teaspoon teddy teenager television ' +
    'tennis tent term test text ticket tie tiger tile time tin tip tire tissue toad token tomato tool tooth ' +
    'toothbrush top toss touchdown tour tournament towel toy tractor trader train trainer trash tray treat tree ' +
    'trial triangle trip trophy trout truck trumpet trunk tub tube tulip tuna turkey turn turtle twig type ' +
    'umbrella uncle unicorn uniform unit user value vampire van vanilla variable vase vegetable vehicle verse ' +
    'vertex vibration video view villager vine violin visit visitor volunteer vote voter voucher waffle wagon ' +
    'waiter walk wall wallet walnut washer wasp watch water watermelon wave way website wedge weed whale wheel ' +
    'whisker whistle white widget windmill window wing winner wolf woman word work worker workout worksheet worm ' +
    'wreath yard yarn year yellow young zebra zero zombie cubic'
  ).split(' '),
);

const IRREGULAR: ReadonlyMap<string, string> = new Map(
  (
    'children child people person men man women woman feet foot teeth tooth geese goose mice mouse dice die lives ' +
    'life knives knife leaves leaf loaves loaf wolves wolf shelves shelf halves half calves calf scarves scarf ' +
    'elves elf vertices vertex matrices matrix indices index grandchildren grandchild fishermen fisherman pennies ' +
    'penny pence penny'
  )
    .split(' ')
    .flatMap((word, i, all) => (i % 2 === 0 ? [[word, all[i + 1]!] as const] : [])),
);

/** The singular of an English noun, lower case; other words come back as they are. */
export function singular(word: string): string {
  const lower = word.toLowerCase();
  const irregular = IRREGULAR.get(lower);
  if (irregular !== undefined) return irregular;
  if (!/[^su]s$/.test(lower) || lower.length < 3) return lower;
  // Boxes and potatoes lose es, berries change it; roses and cookies lose s.
  const stems = [lower.slice(0, -1), lower.slice(0, -2), `${lower.slice(0, -3)}y`];
  const known = stems.find((stem) => NOUNS.has(stem));
  if (known !== undefined) return known;
  if (/[^aeiou]ies$/.test(lower)) return stems[2]!;
  return /(?:s|x|z|ch|sh)es$/.test(lower) ? stems[1]! : stems[0]!;
}

/** Chinese, Japanese and Korean words that count: 5 个, 12 人, 3 개. */
const COUNTERS =
  /^(?:个|個|人|名|只|隻|本|枚|台|辆|輛|张|張|条|條|件|种|種|次|回|位|匹|頭|头|棵|朵|颗|顆|块|塊|개|명|마리|권|대|번|장)\p{L}{0,2}$/u;

/** Whether `word` only says what is counted. */
export function isCounted(word: string): boolean {
  return NOUNS.has(singular(word)) || COUNTERS.test(word);
}
